"""Health counts what a gateway said first, once, and forgets the minutes of long ago."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from domain.payment import events as e
from domain.payment.events import PaymentEvent
from projections.gateway_health import GATEWAY_HEALTH, GatewayHealth
from projections.gateway_health.tables import OUTCOMES, success_rate
from projections.tables import Prune, Put
from tests.projections.fake_log import CODEC, FakeLog
from tests.projections.histories import (
    START,
    Life,
    captured,
    captured_in_parts,
    failed_over,
    verified_later,
)


async def counted(life: Life, facts: list[PaymentEvent]) -> Counter[tuple[object, str]]:
    log = FakeLog()
    log.tell(life, facts)
    projector = GatewayHealth(log=log, codec=CODEC)
    found: Counter[tuple[object, str]] = Counter()
    for event in log.events:
        for change in await projector.project(event):
            if isinstance(change, Put) and change.table is GATEWAY_HEALTH:
                found.update((change.row["gateway"], name) for name in OUTCOMES if change.row[name])
    return found


async def test_each_gateway_answers_for_itself() -> None:
    life = Life()
    assert await counted(life, failed_over(life)) == {
        ("alpha", "failed"): 1,
        ("beta", "succeeded"): 1,
    }


async def test_silence_counts_once_whatever_is_found_out_later() -> None:
    life = Life()
    assert await counted(life, verified_later(life)) == {("alpha", "unknown"): 1}


async def test_follow_ups_do_not_count() -> None:
    life = Life()
    assert await counted(life, captured_in_parts(life)) == {("alpha", "succeeded"): 1}


async def test_our_own_lateness_is_not_the_gateways() -> None:
    life = Life()
    begin = captured(life)[:3]
    not_sent = e.AttemptNotSent(key=life.key("c1"), at=life.at)
    taken = e.AttemptTakenOver(key=life.key("c1"), owner="worker-2", at=life.at)
    assert await counted(life, [*begin, not_sent]) == {}
    assert await counted(life, [*begin, taken, life.succeeded(evidence="look_up")]) == {}


async def test_old_minutes_are_pruned_when_a_new_one_begins() -> None:
    log = FakeLog()
    for number in range(3):
        life = Life(number)
        at = START + timedelta(seconds=50 * number)
        log.tell(life, captured(life), recorded_at=at)
    projector = GatewayHealth(log=log, codec=CODEC)
    pruned: list[datetime] = []
    for event in log.events:
        changes = await projector.project(event)
        pruned.extend(change.before for change in changes if isinstance(change, Prune))
    hour = timedelta(hours=1)
    assert pruned == [START - hour, START - hour + timedelta(minutes=1)]


async def test_what_was_not_stored_is_pruned_again() -> None:
    log, life = FakeLog(), Life()
    last = log.tell(life, captured(life))[-1]
    projector = GatewayHealth(log=log, codec=CODEC)
    assert any(isinstance(one, Prune) for one in await projector.project(last))
    projector.forget()
    assert any(isinstance(one, Prune) for one in await projector.project(last))
    projector.keep()
    assert not any(isinstance(one, Prune) for one in await projector.project(last))


def test_the_rate_leaves_declines_out() -> None:
    assert success_rate(succeeded=3, failed=1, unknown=0) == 0.75
    assert success_rate(succeeded=0, failed=0, unknown=0) is None
