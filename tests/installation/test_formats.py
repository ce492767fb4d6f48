"""The table of formats: complete, in order, and asked before anything is decided or written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest

from adapters.codec import EventCodec
from domain.event_types import Adds, EventTypes, OnlyInNewer, adds
from domain.installation import formats
from domain.installation.formats import (
    FIRST,
    NEWEST,
    SINCE,
    Format,
    FormatTooHigh,
    FormatTooLow,
)
from domain.payment.events import PaymentExpired
from tests.domain.samples import NEWEST_OF, ROOMS

VERSIONS: Final = {(name, v) for name, newest in NEWEST_OF.items() for v in range(1, newest + 1)}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A fact that was given two members since."""

    place: str
    floor: int
    by: str | None


KNOWN: Final = EventTypes(
    types={"Moved": Moved},
    newest={"Moved": 3},
    upcasters={("Moved", 1): adds(floor=0), ("Moved", 2): adds(by=None)},
)
CODEC: Final = EventCodec[Moved](KNOWN)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved is written in version 1 at format 1, in version 3 at the newest."""
    monkeypatch.setitem(formats._WRITABLE, FIRST, {"Moved": 1})
    monkeypatch.setitem(formats._WRITABLE, NEWEST, {"Moved": 3})


def test_every_version_of_every_event_has_its_line() -> None:
    assert set(SINCE) == VERSIONS


def test_no_version_may_be_written_before_the_one_it_follows() -> None:
    for (name, version), since in SINCE.items():
        assert FIRST <= since <= NEWEST
        assert version == 1 or since >= SINCE[name, version - 1]


def test_what_was_written_before_there_were_formats_is_of_format_1() -> None:
    assert {name for (name, version), since in SINCE.items() if since == FIRST} == {
        *formats._OF_FORMAT_1
    }
    assert all(version == 1 for (_, version), since in SINCE.items() if since == FIRST)


def test_every_upcaster_leads_from_one_declared_version_to_the_next() -> None:
    for _, known, _ in ROOMS:
        steps = {(name, v) for name in known.types for v in range(1, known.newest_version(name))}
        assert set(known.upcasters) == steps


@pytest.mark.parametrize(("number", "failure"), [(NEWEST + 1, FormatTooHigh), (0, ValueError)])
def test_only_formats_that_are_known_can_be_worked_in(
    number: int, failure: type[Exception]
) -> None:
    with pytest.raises(failure, match=str(number)):
        Format(number)


def test_an_event_is_asked_for_before_it_is_decided_on(table: None) -> None:
    assert Format(NEWEST).allows(Moved)
    Format(NEWEST).require(Moved)
    assert not Format(FIRST).allows(Moved)
    with pytest.raises(FormatTooLow, match="Moved"):
        Format(FIRST).require(Moved)


def test_what_no_line_speaks_of_is_never_allowed() -> None:
    class Forgotten:
        """An event without its line."""

    assert not Format(NEWEST).allows(Forgotten)
    with pytest.raises(FormatTooLow, match="Forgotten"):
        Format(NEWEST).version_of("Forgotten")


def test_events_of_format_1_are_allowed_in_every_format() -> None:
    assert all(Format(number).allows(PaymentExpired) for number in range(FIRST, NEWEST + 1))


def test_the_newest_version_is_written_where_it_is_allowed(table: None) -> None:
    name, version, data = CODEC.encode(Moved(place="a", floor=0, by=None), format=Format(NEWEST))

    assert (name, version, data) == ("Moved", 3, b'{"place":"a","floor":0,"by":null}')


def test_a_lower_format_gets_the_version_before_if_nothing_is_lost(table: None) -> None:
    moved = Moved(place="a", floor=0, by=None)

    name, version, data = CODEC.encode(moved, format=Format(FIRST))

    assert (name, version, data) == ("Moved", 1, b'{"place":"a"}')
    assert CODEC.decode(name, version, data) == moved


@pytest.mark.parametrize("lost", [{"floor": 2}, {"by": "lift"}])
def test_a_lower_format_takes_nothing_that_its_version_cannot_say(
    table: None, lost: dict[str, Any]
) -> None:
    moved = Moved(**{"place": "a", "floor": 0, "by": None, **lost})

    with pytest.raises(FormatTooLow, match="Moved 1"):
        CODEC.encode(moved, format=Format(FIRST))


def test_only_what_adds_members_can_be_taken_back() -> None:
    renamed = EventTypes(
        types={"Moved": Moved}, newest={"Moved": 2}, upcasters={("Moved", 1): lambda body: body}
    )

    with pytest.raises(OnlyInNewer, match="Moved version 1"):
        renamed.downcast("Moved", 1, {"place": "a"})


def test_an_upcaster_that_adds_members_keeps_what_is_there() -> None:
    step: Adds = adds(floor=0)

    assert step({"place": "a"}) == {"place": "a", "floor": 0}
    assert step({"place": "a", "floor": 3}) == {"place": "a", "floor": 3}
