"""Bugs of the way to the log: success that is none, repeats that are not recognised, no check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from application.ports.event_store import Appended, FateUnknown, WrongRevision
from domain import chain
from domain.log import NO_STREAM, NewEvent, RecordedEvent, Revision
from tests.simulation.event_store import SimLog, SimStore
from tests.simulation.life import Life
from tests.simulation.sabotage.planting import plants

_append = SimStore.append
_commit = SimLog.commit
_send = SimStore._send
_digest = chain.digest


SEEN = ("one_effect", "chain_verifies", "bounds_in_streams", "one_try_one_key")


@plants("tests.simulation.event_store:SimLog.commit", *SEEN)
def no_expected_version(
    self: SimLog, stream: str, expected: Revision, events: Sequence[NewEvent]
) -> Appended | WrongRevision:
    """Looks at the ids of an append, and not at the state that it was decided on."""
    stored = self.streams.get(stream, [])
    ids = [one.id for one in stored]
    if events[0].id in ids:
        position = stored[ids.index(events[0].id) + len(events) - 1].position
    else:
        last = len(stored) - 1 if stored else NO_STREAM
        position = self._store(stream, last, events).position
    return Appended(revision=expected + len(events), position=position)


@plants("tests.simulation.event_store:SimLog.commit", "event_ids_unique", "one_effect")
def no_dedupe(
    self: SimLog, stream: str, expected: Revision, events: Sequence[NewEvent]
) -> Appended | WrongRevision:
    """Stores what was sent again, because its answer was lost, a second time behind the first."""
    stored = self.streams.get(stream, [])
    if events[0].id not in {one.id for one in stored}:
        return _commit(self, stream, expected, events)
    done = self._store(stream, len(stored) - 1, events)
    return Appended(revision=expected + len(events), position=done.position)


@plants("tests.simulation.event_store:SimStore._send", *SEEN)
def new_ids_on_append_retry(self: SimStore, append: Any) -> None:
    """Makes a new append of one that was not answered: with new ids, behind what is there now."""
    if append.sent and not append.fate.done:
        append.expected = len(self._log.streams.get(append.stream, ())) - 1
        append.events = tuple(
            NewEvent(id=self._life.fresh(), type=one.type, data=one.data, metadata=one.metadata)
            for one in append.events
        )
    _send(self, append)


@plants(
    "tests.simulation.event_store:SimStore._send", "acknowledged_in_log", "recorded_before_sent"
)
def code_0_taken_as_stored(self: SimStore, append: Any) -> None:
    """Takes "not ready", which has the status code 0, for a success."""
    if self._faults.hits("append_lost"):
        head = self._log.events[-1].position if self._log.events else 0
        append.fate.set(Appended(revision=append.expected + len(append.events), position=head))
        return
    _send(self, append)


@plants("tests.simulation.event_store:SimStore.append", "acknowledged_in_log")
async def append_timeout_taken_as_stored(
    self: SimStore,
    stream: str,
    expected: Revision,
    events: Sequence[NewEvent],
    *,
    timeout_s: float | None = None,
) -> Appended:
    """Takes an append that was not answered in time to have been stored."""
    try:
        return await _append(self, stream, expected, events, timeout_s=timeout_s)
    except FateUnknown:
        return Appended(revision=expected + len(events), position=1)


@plants("tests.simulation.life:Life.fresh", "event_ids_unique")
def ids_from_a_counter(self: Life) -> UUID:
    """Counts event ids from one again after every start."""
    self.ids += 1
    return UUID(int=(0x4 << 76) | (0x8 << 60) | self.ids)


@plants("domain.chain:digest", "chain_verifies")
def hash_chain_broken(event: NewEvent | RecordedEvent, *, stream: str, revision: int) -> str:
    """Leaves the metadata out of the hash, and with it the hash before."""
    bare = NewEvent(id=event.id, type=event.type, data=event.data, metadata=b"")
    return _digest(bare, stream=stream, revision=revision)
