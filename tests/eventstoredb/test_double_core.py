"""The double's log without a wire: what the semantics say and no recording shows."""

from __future__ import annotations

import itertools
import json
from uuid import UUID, uuid4

import pytest

from tests.esdb_double.events import (
    ANY,
    NO_STREAM,
    REVISION_MAX,
    STREAM_EXISTS,
    TICKS_PER_S,
    Appended,
    Conflict,
    Proposed,
    Stored,
    StreamDeleted,
)
from tests.esdb_double.known_ids import KnownIds
from tests.esdb_double.log import Log
from tests.esdb_double.reads import Edge, read_all, read_stream
from tests.esdb_double.writes import append, delete, tombstone


def event(event_id: UUID | None = None, *, kind: str = "T", data: bytes = b"{}") -> Proposed:
    return Proposed(event_id or uuid4(), kind, True, data)


def written(log: Log, name: str, count: int) -> list[UUID]:
    events = [event() for _ in range(count)]
    append(log, name, NO_STREAM, events)
    return [one.event_id for one in events]


def describe(log: Log, name: str, **keys: object) -> None:
    data = json.dumps({f"${key}": value for key, value in keys.items()}).encode()
    append(log, f"$${name}", ANY, [event(kind="$metadata", data=data)])


def revisions(log: Log, name: str) -> list[int]:
    found = read_stream(log, name, Edge.START, 100, forwards=True)
    return [] if found is None else [one.revision for one in found.events]


def keys_of(log: Log, name: str) -> dict[str, object]:
    return log.stream(name).metadata.keys


def test_a_retry_of_the_first_append_after_a_soft_delete_succeeds_and_revives_nothing() -> None:
    log = Log()
    ids = written(log, "s", 2)
    delete(log, "s", ANY)
    again = append(log, "s", NO_STREAM, [event(one) for one in ids])
    assert again == Appended(1, None, repeated=True)
    assert read_stream(log, "s", Edge.START, 9, forwards=True) is None


def test_new_events_expecting_no_stream_revive_a_soft_deleted_stream() -> None:
    log = Log()
    written(log, "s", 2)
    delete(log, "s", ANY)
    result = append(log, "s", NO_STREAM, [event()])
    assert isinstance(result, Appended)
    assert result.revision == 2
    assert revisions(log, "s") == [2]
    assert keys_of(log, "s") == {"$tb": 2}


@pytest.mark.parametrize("expected", [ANY, 1])
def test_an_empty_write_revives_a_soft_deleted_stream(expected: int) -> None:
    log = Log()
    written(log, "s", 2)
    delete(log, "s", ANY)
    append(log, "s", expected, [])
    assert revisions(log, "s") == []
    assert keys_of(log, "s") == {"$tb": 2}
    append(log, "s", 1, [event()])
    assert revisions(log, "s") == [2]


def test_fresh_metadata_revives_a_soft_deleted_stream_and_keeps_its_keys() -> None:
    log = Log()
    written(log, "s", 3)
    delete(log, "s", ANY)
    describe(log, "s", maxCount=7, tb=1)
    assert keys_of(log, "s") == {"$maxCount": 7, "$tb": 3}
    assert log.stream("$$s").current == 2


def test_a_truncation_at_the_maximum_is_a_soft_deletion_also_by_hand() -> None:
    log = Log()
    written(log, "s", 2)
    describe(log, "s", tb=REVISION_MAX)
    assert read_stream(log, "s", Edge.START, 9, forwards=True) is None
    with pytest.raises(StreamDeleted):
        append(log, "s", STREAM_EXISTS, [event()])


def test_a_repeat_of_truncated_events_has_no_position() -> None:
    log = Log()
    ids = written(log, "s", 3)
    describe(log, "s", tb=2)
    assert append(log, "s", NO_STREAM, [event(one) for one in ids[:2]]) == Appended(
        1, None, repeated=True
    )
    assert revisions(log, "s") == [2]


@pytest.mark.parametrize("most", [0, -3, True, "2"])
def test_a_max_count_that_is_no_positive_number_is_ignored(most: object) -> None:
    log = Log()
    written(log, "s", 3)
    describe(log, "s", maxCount=most)
    assert revisions(log, "s") == [0, 1, 2]


def test_what_is_not_json_means_no_metadata() -> None:
    log = Log()
    written(log, "s", 3)
    describe(log, "s", maxCount=1)
    append(log, "$$s", ANY, [event(kind="$metadata", data=b"not json")])
    assert revisions(log, "s") == [0, 1, 2]


def test_events_past_their_age_are_not_read_but_stay_in_all() -> None:
    now = [1_000 * TICKS_PER_S]
    log = Log(clock=lambda: now[0])
    written(log, "s", 2)
    describe(log, "s", maxAge=10)
    now[0] += 11 * TICKS_PER_S
    append(log, "s", 1, [event()])
    assert revisions(log, "s") == [2]
    shown = [one for one in read_all(log, Edge.START, 99, None, forwards=True) if one.stream == "s"]
    assert len(shown) == 3


def test_a_tombstone_ends_the_stream_and_its_metadata_stream() -> None:
    log = Log()
    written(log, "s", 1)
    result = tombstone(log, "s", 0)
    assert isinstance(result, Appended)
    assert log.events[-1].type == "$streamDeleted"
    for name in ("s", "$$s"):
        with pytest.raises(StreamDeleted):
            append(log, name, ANY, [event()])
        with pytest.raises(StreamDeleted):
            read_stream(log, name, Edge.START, 9, forwards=True)


def test_deletion_of_what_never_was_is_a_conflict_and_a_tombstone_is_not() -> None:
    log = Log()
    assert delete(log, "s", ANY) == Conflict(-1)
    assert isinstance(tombstone(log, "s", NO_STREAM), Appended)


def test_deletion_drops_custom_metadata() -> None:
    log = Log()
    written(log, "s", 1)
    describe(log, "s", maxCount=5, mine="lost")
    delete(log, "s", 0)
    assert keys_of(log, "s") == {"$tb": REVISION_MAX}


def test_known_ids_are_bounded_and_the_first_stream_of_an_id_wins() -> None:
    log, ids = Log(), [uuid4() for _ in range(4)]
    append(log, "aa", ANY, [event(ids[0])])
    append(log, "bb", ANY, [event(ids[0])])
    known = KnownIds(bytes_max=3 * 54)
    for number, event_id in enumerate(ids):
        known.remember(Stored("aa", number, number, 0, event_id, "T", True, b"", b""))
    assert [known.revision(one, "aa") for one in ids] == [None, 1, 2, 3]
    assert (log.known_ids.revision(ids[0], "aa"), log.known_ids.revision(ids[0], "bb")) == (0, None)


def test_without_the_memory_of_ids_any_stores_twice_and_an_exact_expectation_does_not() -> None:
    log = Log()
    ids = written(log, "s", 1)
    log.known_ids.forget()
    assert append(log, "s", NO_STREAM, [event(ids[0])]) == Appended(
        0, log.events[-1].position, repeated=True
    )
    append(log, "s", ANY, [event(ids[0])])
    assert revisions(log, "s") == [0, 1]


def test_positions_rise_with_irregular_gaps_and_the_epoch_is_hidden() -> None:
    log = Log()
    for size in (1, 5, 2):
        append(log, "s", ANY, [event(data=b"x" * size) for _ in range(2)])
    positions = [one.position for one in log.events]
    gaps = {after - before for before, after in itertools.pairwise(positions)}
    assert positions == sorted(set(positions))
    assert len(gaps) > 2
    shown = list(read_all(log, Edge.START, 99, None, forwards=True))
    assert [one.stream for one in shown[:2]] == ["$$$scavenges", "s"]
    backwards = list(read_all(log, Edge.END, 99, None, forwards=False))
    assert backwards == shown[::-1]
