"""The way up from an old version to the newest, step by step, and only for what is known."""

from __future__ import annotations

from typing import Any

import pytest

from domain.event_types import EventTypes, UnknownEvent


def added(name: str) -> Any:
    return lambda body: {**body, name: len(body)}


KNOWN = EventTypes(
    types={"Moved": dict, "Stayed": dict},
    newest={"Moved": 3},
    upcasters={("Moved", 1): added("second"), ("Moved", 2): added("third")},
)


@pytest.mark.parametrize(
    ("version", "newest"),
    [
        (1, {"first": 0, "second": 1, "third": 2}),
        (2, {"first": 0, "third": 1}),
        (3, {"first": 0}),
    ],
)
def test_every_step_is_taken_once_in_order(version: int, newest: dict[str, int]) -> None:
    assert KNOWN.upcast("Moved", version, {"first": 0}) == newest


def test_what_never_moved_is_at_version_1() -> None:
    assert (KNOWN.newest_version("Stayed"), KNOWN.newest_version("Moved")) == (1, 3)
    assert KNOWN.upcast("Stayed", 1, {"first": 0}) == {"first": 0}


@pytest.mark.parametrize(
    ("name", "version"), [("Moved", 0), ("Moved", 4), ("Stayed", 2), ("Unheard", 1), ("Moved", -1)]
)
def test_what_is_not_known_is_not_brought_up(name: str, version: int) -> None:
    with pytest.raises(UnknownEvent):
        KNOWN.upcast(name, version, {})
