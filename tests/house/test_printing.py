"""The command line prints through one file, which shows what others wrote as text."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Final

import pytest

from api.version import VERSION

ROOT: Final = Path(__file__).parents[2]
PRINTING: Final = {"print", "print_json", "echo", "secho", "rule", "log"}
ALLOWED: Final = {"api/cli/output.py"}
# Of our own words alone.
OWN: Final = {"api/cli/serve.py": {"print_json"}}
FILES: Final = sorted((ROOT / "api/cli").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda one: one.name)
def test_nobody_else_prints(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    if name in ALLOWED:
        return
    calls = (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call))
    printing = {ast.unparse(one.func).rsplit(".", 1)[-1] for one in calls} & PRINTING
    assert printing <= OWN.get(name, set())


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 10


def test_the_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
