"""Captures, voids and refunds within one request: how often, after which pauses, and by whom."""

from __future__ import annotations

import logging

import pytest

from domain.gateway.answers import NotProcessed
from domain.payment.events import RefundStarted
from tests.payments.remote import (
    BROKEN,
    BUSY,
    CHARGED_SILENTLY,
    LOST,
    NETWORK_S,
    OK,
    Turn,
    says,
)
from tests.payments.world import World, body_of

DAY_S = 24 * 3600.0
TOO_LATE = Turn(stalls_s=2.5)


def throttled(wished_s: float, *, after_s: float = NETWORK_S) -> Turn:
    return says(NotProcessed(code="throttled", retry_after_s=wished_s), after_s=after_s)


async def test_the_pauses_between_tries_are_shares_of_a_doubling_back_off(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BUSY, BUSY, OK])
    world.api.surroundings.chance = 0.75

    refund = await world.refund(paid.payment)

    assert refund.status == 201
    first, second, third = world.alpha.heard_of("refund")
    assert second - first == pytest.approx(NETWORK_S + 0.75 * 0.1)
    assert third - second == pytest.approx(NETWORK_S + 0.75 * 0.2)


@pytest.mark.parametrize(
    ("wished_s", "status", "sends"),
    [
        (2.9, 201, 2),  # 7.9 s of the budget have passed when the next try starts
        (3.1, 202, 1),  # less than a second would be left: it goes on in the background
    ],
)
async def test_a_wished_pause_is_kept_where_a_try_fits_behind_it(
    world: World, wished_s: float, status: int, sends: int
) -> None:
    paid = await world.create()
    world.given(alpha=[throttled(wished_s, after_s=5.0)])

    refund = await world.refund(paid.payment)

    asked_s = world.alpha.heard_of("refund")
    assert (refund.status, len(asked_s)) == (status, sends)
    assert asked_s[-1] - asked_s[0] == pytest.approx((sends - 1) * (5.0 + wished_s))


async def test_a_refund_that_is_refused_for_good_is_over_and_names_the_reason(
    world: World,
) -> None:
    paid = await world.create()
    world.given(alpha=[BROKEN])

    refund = await world.refund(paid.payment)

    assert (refund.status, body_of(refund)["code"]) == (402, "refund_failed")
    assert (await world.story(paid.payment))[-1] == "RefundFailed: broken"


async def test_a_next_try_that_a_worker_has_begun_is_not_begun_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """What is given back is nobody's secret: a worker comes while the request still pauses."""
    world.given(alpha=[says(after_s=1.0), says(BUSY, after_s=0.5), says(after_s=3.0)])
    creating = world.in_background(world.create())
    await world.passes(0.5)
    (payment,) = await world.payments()
    await world.cancel(payment)
    await world.passes(0.7)
    world.api.surroundings.chance = 60.0  # 6 s
    await world.passes(5.6)

    await world.carry_on(payment, by=world.start("worker-1"))
    await creating

    assert [one for one in await world.story(payment) if "Compensation" in one] == [
        "CompensationStarted 1 at alpha",
        "CompensationStarted 2 at alpha",
        "CompensationSucceeded (answer)",
    ]
    assert {one.by for one in world.alpha.sent[2:]} == {"worker-1"}
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_what_follows_a_late_answer_has_a_budget_of_its_own(world: World) -> None:
    world.given(alpha=[says(after_s=12.0), says(after_s=8.5)])
    answer = await world.create()
    await world.cancel(answer.payment)

    await world.passes(13)

    assert (await world.story(answer.payment))[-2:] == [
        "CompensationSucceeded (answer)",
        "PaymentCanceled",
    ]


async def test_a_refund_of_unknown_outcome_is_not_taken_for_one_that_was_never_sent(
    world: World,
) -> None:
    """By its own process, long after that has forgotten that it had it in hand."""
    world.alpha.can(key_lifetime_s=0.0, look_up=False)
    paid = await world.create()
    world.given(alpha=[LOST])
    await world.refund(paid.payment)

    await world.recover(for_s=DAY_S)

    assert len(world.alpha.heard_of("refund")) == 1


async def test_a_refund_in_hand_is_not_sent_by_another_process(world: World) -> None:
    """A worker comes by for the refund before it, which is of unknown outcome."""
    world.alpha.can(key_lifetime_s=0.0)
    paid = await world.create()
    world.given(alpha=[LOST, Turn(stalls_s=1.0)])
    await world.refund(paid.payment, 100, key="r1")
    await world.passes(5)
    refunding = world.in_background(world.refund(paid.payment, 200, key="r2"))
    await world.passes(0.5)

    await world.carry_on(paid.payment, by=world.start("worker-1"))

    assert (await refunding).status == 201
    assert [(one.by, one.amount) for one in world.alpha.sent[1:]] == [
        ("api-1", 100),
        ("api-1", 200),
    ]


async def test_a_refund_at_a_gateway_that_is_gone_is_named_and_left_to_recovery(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It is on record, nobody sent it, and nobody who comes by can look or send."""
    paid = await world.create()
    world.given(alpha=[says(BUSY, after_s=0.5)])
    refunding = world.in_background(world.refund(paid.payment))
    await world.passes(0.3)
    world.store.loses_answer_of(RefundStarted)  # of the second try
    await refunding
    caplog.clear()
    world.api.network.lose("alpha")

    await world.api.core.carrying.look_now(paid.payment)

    assert [(one.name, one.levelno, one.getMessage()) for one in caplog.records] == [
        (place, logging.ERROR, f"{paid.payment} waits for a gateway that is not configured: alpha")
        for place in (
            *("application.recovery.carry_on",) * 2,  # both tries
            "application.payments.follow_ups",
        )
    ]
    await world.recover(by=world.start("worker-with-credentials"), for_s=60)
    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_a_worker_that_comes_for_another_refund_lets_a_request_pause(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[CHARGED_SILENTLY, throttled(4.0), says()])
    first = world.in_background(world.refund(paid.payment, 300, key="r1"))
    await world.passes(10)
    await first
    await world.passes(30)
    second = world.in_background(world.refund(paid.payment, 200, key="r2"))
    await world.passes(1)

    await world.carry_on(paid.payment, by=world.start("worker-1"))

    assert (await second).status == 201
    assert not [one for one in await world.story(paid.payment) if "RefundFailed" in one]
