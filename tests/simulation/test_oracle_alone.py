"""The oracle and the hand-made histories import nothing of the system, nor any library."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDERS = ("oracle", "histories")
OWN = tuple(f"tests.simulation.{folder}" for folder in FOLDERS)
FILES = [path for folder in FOLDERS for path in sorted((HERE / folder).rglob("*.py"))]
BACK_DOORS = ("importlib", "runpy", "subprocess", "ctypes", "pickle", "marshal")
BUILT_IN_DOORS = ("__import__", "eval", "exec", "compile")


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
    return names


def allowed(name: str) -> bool:
    if name.startswith(OWN):
        return True
    root = name.partition(".")[0]
    return root in sys.stdlib_module_names and root not in BACK_DOORS


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_only_the_standard_library_is_imported(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert [name for name in sorted(imported(tree)) if not allowed(name)] == []
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert called.isdisjoint(BUILT_IN_DOORS)


def test_the_oracle_does_not_even_know_the_histories() -> None:
    for path in (HERE / "oracle").rglob("*.py"):
        names = imported(ast.parse(path.read_text()))
        assert not [one for one in names if one.startswith("tests.simulation.histories")]


def test_the_check_would_notice() -> None:
    tree = ast.parse("from domain.money import Money\nimport orjson\nimport json, importlib.util")
    assert {name for name in imported(tree) if not allowed(name)} == {
        "domain.money",
        "orjson",
        "importlib.util",
    }
