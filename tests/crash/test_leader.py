"""EventStoreDB fails as real clusters do, under load: payments go on when a leader is back, nothing
is lost and nothing doubled."""

from __future__ import annotations

import pytest

from tests.crash.leader import TROUBLES, leader_run

pytestmark = pytest.mark.slow


async def test_the_leader_fails_in_every_way() -> None:
    led = await leader_run(11)
    assert led.outcome.faults == [], "\n".join(led.outcome.faults)
    assert led.outcome.judged.acknowledged > 0
    assert list(led.back) == [one.__name__ for one in TROUBLES]
