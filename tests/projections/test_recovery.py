"""The work list follows metadata alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from projections.recovery import RECOVERY, Recovery
from projections.tables import Put, Remove
from tests.projections.fake_log import FakeLog, metadata_of
from tests.projections.histories import START, Life

LATER = START + timedelta(seconds=45)


async def test_a_body_that_nobody_can_read_is_listed_all_the_same() -> None:
    log, life = FakeLog(), Life()
    event = log.add(
        life.stream, "Strange", b"\xff{", metadata_of(life, recover_after=LATER, waits_for="alpha")
    )
    assert await Recovery().project(event) == (
        Put(
            RECOVERY,
            {
                "stream": life.stream,
                "revision": 0,
                "merchant": "m_1",
                "owner": "worker-1",
                "waits_for": "alpha",
                "recover_after": LATER,
                "deferred_until": None,
                "tries": 0,
            },
        ),
    )


async def test_a_stream_that_needs_nobody_is_taken_off() -> None:
    log, life = FakeLog(), Life()
    event = log.add(life.stream, "PaymentCanceled", b"{}", metadata_of(life))
    assert await Recovery().project(event) == (Remove(RECOVERY, (life.stream,)),)


async def test_streams_that_no_worker_carries_on_are_ignored() -> None:
    log = FakeLog()
    log.ignored()
    assert await Recovery().project(log.events[0]) == ()


async def test_metadata_that_is_none_is_refused() -> None:
    log, life = FakeLog(), Life()
    with pytest.raises(ValueError, match="no event metadata"):
        await Recovery().project(log.add(life.stream, "Strange", b"{}", b"{}"))
