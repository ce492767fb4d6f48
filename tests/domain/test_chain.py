"""The chain shows every edit, removal and move, as docs/hash-chain.md promises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import derived_id
from domain.chain import FIRST, BrokenChain, Metadata, decode_metadata, digest, verify
from domain.log import NewEvent, RecordedEvent
from tests.domain.facts import T0

STREAM = "payment-1"


def metadata(previous: str = FIRST, **changes: Any) -> Metadata:
    fields: dict[str, Any] = {
        "correlation": derived_id("command"),
        "causation": derived_id("cause"),
        "actor": "api-1",
        "version": 1,
        "merchant": "acme",
        "owner": "api-1",
        "recover_after": T0 + timedelta(seconds=37),
        "previous": previous,
    }
    return Metadata(**{**fields, **changes})


def chained(length: int, stream: str = STREAM) -> list[RecordedEvent]:
    events: list[RecordedEvent] = []
    last = FIRST
    for revision in range(length):
        event = RecordedEvent(
            id=derived_id(stream, revision), type="Noted", data=b'{"n":%d}' % revision,
            metadata=metadata(last).encode(), stream=stream, revision=revision,
            position=revision * 7, recorded_at=T0,
        )  # fmt: skip
        last = digest(event, stream=stream, revision=revision)
        events.append(event)
    return events


def test_an_untouched_stream_verifies_to_its_last_digest() -> None:
    events = chained(5)

    assert verify(events) == digest(events[-1], stream=STREAM, revision=4)
    assert verify([]) == FIRST


EDITS: dict[str, Callable[[RecordedEvent], RecordedEvent]] = {
    "data": lambda one: replace(one, data=one.data + b" "),
    "type": lambda one: replace(one, type="Other"),
    "id": lambda one: replace(one, id=derived_id("another")),
    "metadata": lambda one: replace(
        one,
        metadata=replace(decode_metadata(one.metadata), actor="somebody else").encode(),
    ),
    "unreadable metadata": lambda one: replace(one, metadata=b"{}"),
    "no metadata": lambda one: replace(one, metadata=b"\xff"),
    "stream": lambda one: replace(one, stream="payment-2"),
    "revision": lambda one: replace(one, revision=one.revision + 1),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_edit_shows(edit: Callable[[RecordedEvent], RecordedEvent], place: int) -> None:
    events = chained(5)
    events[place] = edit(events[place])

    with pytest.raises(BrokenChain):
        verify(events)


@pytest.mark.parametrize("edit", ["unreadable metadata", "stream", "revision"])
def test_some_edits_of_the_last_event_show_as_well(edit: str) -> None:
    events = chained(5)
    events[-1] = EDITS[edit](events[-1])

    with pytest.raises(BrokenChain):
        verify(events)


def test_an_edit_of_the_last_event_shows_in_the_digest() -> None:
    events = chained(5)

    assert verify([*events[:-1], EDITS["data"](events[-1])]) != verify(events)


@given(st.permutations(range(5)), st.integers(1, 5))
def test_removal_and_reorder_show(order: list[int], kept: int) -> None:
    events = chained(5)
    seen = [events[place] for place in order][:kept]

    if order[:kept] == list(range(kept)):
        assert verify(seen) != verify(events) or kept == 5
    else:
        with pytest.raises(BrokenChain):
            verify(seen)


def test_moved_events_show_even_when_they_are_numbered_anew() -> None:
    events = chained(4)
    moved = [
        replace(one, revision=place)
        for place, one in enumerate([events[0], events[2], events[1], events[3]])
    ]

    with pytest.raises(BrokenChain):
        verify(moved)


def test_a_digest_is_made_as_the_page_says() -> None:
    event = chained(1)[0]
    parts = (b"payment-1", b"0", str(event.id).encode(), b"Noted", event.data, event.metadata)
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)

    assert digest(event, stream=STREAM, revision=0) == hashlib.sha256(framed).hexdigest()
    new = NewEvent(id=event.id, type=event.type, data=event.data, metadata=event.metadata)
    assert digest(new, stream=STREAM, revision=0) == digest(event, stream=STREAM, revision=0)


def test_parts_do_not_run_into_each_other() -> None:
    event = chained(1)[0]
    shifted = replace(event, type="Note", data=b"d" + event.data)

    assert digest(shifted, stream=STREAM, revision=0) != digest(event, stream=STREAM, revision=0)


@pytest.mark.parametrize("changes", [{}, {"owner": None, "recover_after": None}])
def test_metadata_survive_being_written_and_read(changes: dict[str, Any]) -> None:
    before = metadata(**changes)

    assert decode_metadata(before.encode()) == before
    assert set(json.loads(before.encode())) >= {"$correlationId", "$causationId", "previous"}


@pytest.mark.parametrize("wrong", [b"", b"[]", b"{}", b"null", b'{"recover_after":1}', b"\xff"])
def test_what_is_no_metadata_is_said_to_be_none(wrong: bytes) -> None:
    with pytest.raises(ValueError):
        decode_metadata(wrong)
