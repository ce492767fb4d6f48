"""Stops where a foreign package bears one of our names: Python would run it in our place.

Imports nothing of ours, and executes nothing of what it finds.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

NAMES: Final = ("domain", "application", "projections", "adapters", "api")
ROOT: Final = Path(__file__).resolve().parents[1]
STOPPED: Final = 2


def foreign(root: Path = ROOT) -> list[Path]:
    """Where those are that an import would find instead of ours, which stand in `root`."""
    found = ((name, _place(name)) for name in NAMES)
    return [place for name, place in found if place is not None and place != root / name]


def stop_beside_foreign() -> None:
    """Ends the process, in one line, where there is one."""
    if found := foreign():
        sys.stderr.write(
            f"interlock: {found[0]} has the name of a package of Interlock's and would be run in"
            " its place: rename it, or start from another folder and without PYTHONPATH\n"
        )
        raise SystemExit(STOPPED)


def _place(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or ())
    return Path(places[0]).resolve() if places else Path(spec.origin or name).resolve()
