"""Whatever the log holds: a fact that can be written again, UnknownEvent, or ValueError."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.codec import EventCodec
from domain.chain import decode_metadata
from domain.event_types import EventTypes, UnknownEvent
from domain.notice.events import NoticeReceived
from tests.domain.samples import CODEC_OF, NEWEST_OF
from tests.domain.test_metadata import METADATA
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutation_of_json import DEEP, almost, anything

FOLDER: Final = Path(__file__).parents[1] / "golden" / "events"
GOLDEN: Final = {
    name: json.loads((FOLDER / f"{name}.v{version}.json").read_bytes())
    for name, version in NEWEST_OF.items()
}
NAMES: Final = sorted(GOLDEN)
# Bodies that once came through, or ended in anything but ValueError.
KEPT: Final[tuple[tuple[str, bytes], ...]] = (
    ("PaymentInitiated", b'{"x":' + DEEP),
    ("PaymentInitiated", json.dumps({**GOLDEN["PaymentInitiated"], "x": 0}).encode() + DEEP),
    ("PaymentCanceled", b'{"at":"2026-03-01T12:00:00"}'),
    ("AttemptStarted", json.dumps({**GOLDEN["AttemptStarted"], "at": "2026-03-01"}).encode()),
)


def read(name: str, version: int, body: bytes) -> Any:
    """The fact, or None where it was refused as it must be."""
    try:
        return CODEC_OF[name].decode(name, version, body)
    except (UnknownEvent, ValueError):
        return None


def moments(value: Any) -> list[datetime]:
    if isinstance(value, datetime):
        return [value]
    if is_dataclass(value):
        return [one for field in fields(value) for one in moments(getattr(value, field.name))]
    return []


def check(name: str, body: bytes) -> None:
    fact = read(name, NEWEST_OF[name], body)
    if fact is not None:
        assert CODEC_OF[name].decode(*CODEC_OF[name].encode(fact)) == fact
        assert all(one.tzinfo is not None for one in moments(fact))


@pytest.mark.parametrize(("name", "body"), KEPT)
def test_what_was_once_taken_is_refused(name: str, body: bytes) -> None:
    assert read(name, 1, body) is None


@given(name=st.sampled_from(NAMES), data=st.data())
@fuzzed
def test_bodies_that_are_almost_right(name: str, data: st.DataObject) -> None:
    check(name, data.draw(almost(GOLDEN[name])))


@given(st.sampled_from(NAMES), st.binary() | anything.map(lambda one: json.dumps(one).encode()))
@fuzzed
def test_any_bytes(name: str, body: bytes) -> None:
    check(name, body)


@given(st.text(), st.integers(), st.sampled_from(NAMES))
@fuzzed
def test_any_name_and_version(name: str, version: int, room: str) -> None:
    body = json.dumps(GOLDEN[room]).encode()
    for asked in (name, room):
        if asked not in CODEC_OF or version != NEWEST_OF[asked]:
            with pytest.raises(UnknownEvent):
                CODEC_OF[room].decode(asked, version, body)


@given(almost(METADATA) | st.binary())
@fuzzed
def test_metadata_that_is_almost_right(metadata: bytes) -> None:
    try:
        found = decode_metadata(metadata)
    except ValueError:
        return
    assert decode_metadata(found.encode()) == found
    assert found.recover_after is None or found.recover_after.tzinfo is not None


@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'{"text":7}', b'{"text":null}', DEEP])
def test_an_old_body_that_cannot_be_brought_up_is_refused(body: bytes) -> None:
    def upcast(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "excerpt": old["text"].strip()}

    known = EventTypes(
        types={"NoticeReceived": NoticeReceived},
        newest={"NoticeReceived": 2},
        upcasters={("NoticeReceived", 1): upcast},
    )
    codec: EventCodec[Any] = EventCodec(known)
    with pytest.raises(ValueError):
        codec.decode("NoticeReceived", 1, body)
