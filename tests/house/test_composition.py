"""The use cases are put together in one place: production, tests and simulation run the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final, get_type_hints

from application.contents import Application

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("domain", "application", "projections", "adapters", "api", "tests", "scripts")
COMPOSITION: Final = "api/composition/core.py"
OTHER_NOTICES: Final = ROOT / "adapters/simulator"  # those that it sends
# Tested alone as well, over ports of their test's own.
ALONE: Final = {
    "Merchants": "tests/merchants/surroundings.py",
    "Operators": "tests/merchants/surroundings.py",
    "Authentication": "tests/merchants/surroundings.py",
    "Notices": "tests/notices/test_receive.py",
    "RecoveryWorker": "tests/payments/test_damaged_recovery.py",
}


def calls(source: str) -> Iterator[str]:
    """The names of what is called."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_every_use_case_is_built_in_one_place() -> None:
    hints = get_type_hints(Application)
    built = {hints[one.name].__name__ for one in fields(Application)} | {"PaymentLog"}
    found = {
        (name, str(path.relative_to(ROOT)))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if not path.is_relative_to(OTHER_NOTICES)
        for name in built.intersection(calls(path.read_text()))
    }

    assert found == {(name, COMPOSITION) for name in built} | set(ALONE.items())


def test_the_rule_would_notice() -> None:
    assert list(calls("Looking(log)\nworker = RecoveryWorker(desk)")) == [
        "Looking", "RecoveryWorker",
    ]  # fmt: skip
