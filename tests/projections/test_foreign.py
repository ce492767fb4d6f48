"""Streams of another application under our prefix are passed over, whatever their bodies are:
counted, told once, never parked."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

import pytest

from adapters.read_models.memory import MemoryReadModels
from adapters.read_models.worker import FOREIGN_STREAMS_TOLD_MAX, LoggingObserver
from domain.log import is_foreign
from projections.catalogue import PROJECTIONS
from projections.runner import DELETED, TOMBSTONE_TYPE, Runner
from tests.projections.fake_log import CODEC, FakeLog, interleaved
from tests.projections.histories import Life, captured
from tests.projections.running import Seen, feed_of
from tests.simulation.sabotage.planting import Swap

NEIGHBOUR: Final = "payment-of-another-application"
BINARY: Final = b"\x00\xff\xfe"


def shared() -> FakeLog:
    log = interleaved([(Life(n), captured(Life(n))) for n in range(2)])
    for _ in range(3):
        log.add(NEIGHBOUR, "PaymentInitiated", BINARY, BINARY)
    return log


async def run(name: str, log: FakeLog, store: MemoryReadModels, observer: Seen) -> None:
    projector = PROJECTIONS[name](log, CODEC)
    await Runner(projector, store, observer=observer).run(feed_of(log, 100))


@pytest.mark.parametrize("name", PROJECTIONS)
async def test_no_projection_parks_them(name: str) -> None:
    log, store, seen = shared(), MemoryReadModels(), Seen()
    await run(name, log, store, seen)
    assert seen.parkings == []
    assert seen.strangers == [NEIGHBOUR] * 3
    assert (await store.progress(name)).position == log.events[-1].position


async def test_the_planted_bug_that_takes_them_for_ours_is_seen() -> None:
    def nothing_is(stream: str) -> bool:
        return False

    log, store, seen = shared(), MemoryReadModels(), Seen()
    with Swap("domain.log:is_foreign", nothing_is).made():
        await run("payment_status", log, store, seen)
    assert [one.stream for one in seen.parkings] == [NEIGHBOUR]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (f"payment-{UUID(int=7)}", False),
        (f"payment-{UUID(int=0xABCDEF)}".upper().replace("PAYMENT", "payment"), True),
        (f"payment-{UUID(int=7).hex}", True),
        ("payment-", True),
        (NEIGHBOUR, True),
        ("merchant-acme", False),
        ("orders-7", False),
    ],
)
def test_only_the_prefix_and_a_uuid_as_we_write_it_is_ours(stream: str, expected: bool) -> None:
    assert is_foreign(stream) is expected


def test_each_is_told_once_and_all_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    log, observer = FakeLog(), LoggingObserver()
    for number in range(FOREIGN_STREAMS_TOLD_MAX + 5):
        event = log.add(f"payment-x{number}", "Odd", BINARY, BINARY)
        for projection in ("payment_status", "recovery"):
            observer.foreign(projection, event)
    told = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(told) == FOREIGN_STREAMS_TOLD_MAX
    assert "payment-x0 is another application's" in told[0].getMessage()
    assert observer.foreign_events == 2 * (FOREIGN_STREAMS_TOLD_MAX + 5)


@pytest.mark.parametrize("name", PROJECTIONS)
async def test_the_tombstone_of_a_payment_is_told_as_what_it_is(name: str) -> None:
    """`$streamDeleted` has a binary body; it is no bad JSON."""
    life, seen = Life(0), Seen()
    log = interleaved([(life, captured(life))])
    log.add(life.stream, TOMBSTONE_TYPE, b"", b"")
    await run(name, log, MemoryReadModels(), seen)
    assert TOMBSTONE_TYPE == "$streamDeleted"
    assert [(one.stream, one.type, one.reason) for one in seen.parkings] == [
        (life.stream, "$streamDeleted", DELETED)
    ]
