"""The version of this program, for people; `pyproject.toml` has the same (tests/house)."""

from typing import Final

VERSION: Final = "0.1.0"
