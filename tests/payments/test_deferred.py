"""What is refused for now goes on in the background: 202 for ever, tried again ever more rarely,
and over after 72 hours or 100 tries."""

from __future__ import annotations

from itertools import pairwise

import pytest

from application.ports.event_store import WrongRevision
from domain.gateway.answers import NotProcessed
from domain.payment.events import FollowUpDeferred
from domain.payment.rules import FOLLOW_UP_TRIES_MAX
from tests.payments.remote import BROKEN, BUSY, LOST, Turn, says
from tests.payments.world import World, body_of

THROTTLED = NotProcessed(code="throttled", message="slow down", retry_after_s=30.0)
TOO_LATE = Turn(stalls_s=3.0)


@pytest.mark.parametrize(
    ("turns", "code", "message"),
    [
        ([BUSY, BUSY, BUSY], "busy", ""),
        ([THROTTLED], "throttled", "slow down"),
        ([TOO_LATE, TOO_LATE, TOO_LATE], "not_sent", ""),
    ],
)
async def test_a_passing_refusal_defers_a_refund_and_keeps_its_reason(
    world: World, turns: list[Turn | NotProcessed], code: str, message: str
) -> None:
    paid = await world.create()
    world.given(alpha=turns)

    refund = await world.refund(paid.payment)

    assert (refund.status, body_of(refund)["status"]) == (202, "pending")
    (shown,) = (await world.view(paid.payment))["refunds"]
    assert shown["deferred"] == {
        "code": code,
        "message": message,
        "since": shown["deferred"]["since"],
    }
    (fact,) = [one for one in await world.facts(paid.payment) if isinstance(one, FollowUpDeferred)]
    assert (fact.code, fact.message) == (code, message)


@pytest.mark.parametrize("name", ["capture", "cancel", "refund"])
async def test_it_is_carried_out_in_the_background_and_its_answer_stays(
    world: World, name: str
) -> None:
    paid = await world.create(manual=name != "refund")
    world.given(alpha=[BUSY] * 5)

    first = await getattr(world, name)(paid.payment)
    await world.recover(by=world.start("worker-1"), for_s=600)
    again = await getattr(world, name)(paid.payment)

    assert (first.status, first.final) == (202, True)
    assert (again.status, again.body) == (202, first.body)
    view = await world.view(paid.payment)
    assert (view["amount_captured"] - view["amount_refunded"], view["status"]) == {
        "capture": (1000, "succeeded"),
        "cancel": (0, "canceled"),
        "refund": (0, "succeeded"),
    }[name]


async def test_it_is_tried_again_ever_more_rarely(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BUSY] * 9)
    await world.refund(paid.payment)

    await world.recover(by=world.start("worker-1"), for_s=4 * 3600)

    asked_s = world.alpha.heard_of("refund")[3:]
    pauses_s = [later - earlier for earlier, later in pairwise(asked_s)]
    assert [round(one) for one in pauses_s] == [40, 80, 160, 320, 640, 1280]


async def test_a_pause_that_the_gateway_asks_for_is_kept(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[NotProcessed(code="throttled", retry_after_s=500.0)])
    await world.refund(paid.payment)

    await world.recover(by=world.start("worker-1"), for_s=499)
    assert len(world.alpha.heard_of("refund")) == 1
    await world.recover(by=world.start("worker-2"), for_s=5)

    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_after_72_hours_it_fails_with_its_last_reason(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BUSY] * 500)
    await world.refund(paid.payment)

    await world.recover(by=world.start("worker-1"), for_s=71 * 3600)
    assert (await world.view(paid.payment))["refunds"][0]["status"] == "pending"
    await world.recover(by=world.start("worker-2"), for_s=3 * 3600)

    view = await world.view(paid.payment)
    assert (view["refunds"][0]["status"], view["needs_review"]) == ("failed", False)
    assert (await world.story(paid.payment))[-1] == "RefundFailed: busy"
    assert len(world.alpha.heard_of("refund")) <= FOLLOW_UP_TRIES_MAX
    world.given(alpha=[])
    assert (await world.refund(paid.payment, key="r2")).status == 201  # the amount is free again


async def test_what_was_once_unknown_does_not_fail_but_asks_a_person(world: World) -> None:
    world.alpha.can(look_up=False)
    paid = await world.create()
    world.given(alpha=[BUSY, LOST, BUSY, *[BUSY] * 500])
    await world.refund(paid.payment)

    await world.recover(by=world.start("worker-1"), for_s=80 * 3600)

    view = await world.view(paid.payment)
    assert (view["refunds"][0]["status"], view["needs_review"]) != ("failed", False)
    assert view["needs_review"] is True


async def test_a_lasting_refusal_in_the_background_ends_it(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BUSY, BUSY, BUSY, BROKEN])
    first = await world.refund(paid.payment)

    await world.recover(by=world.start("worker-1"), for_s=60)

    view = await world.view(paid.payment)
    assert (first.status, view["refunds"][0]["status"]) == (202, "failed")
    assert view["refunds"][0]["failure"] == {"code": "broken", "message": "", "retryable": False}
    assert view["refunds"][0]["deferred"] is None


async def test_a_refund_whose_request_died_between_two_tries_goes_on(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BUSY])
    world.api.surroundings.chance = 50.0  # 5 s
    await world.dies_after(1, world.refund(paid.payment))

    await world.recover(by=world.start("worker-1"), for_s=120)
    again = await world.refund(paid.payment)

    assert (await world.story(paid.payment))[2:] == [
        "RefundStarted 1 at alpha",
        "AttemptFailed: busy (answer)",
        "FollowUpDeferred: busy",
        "RefundStarted 2 at alpha",
        "RefundSucceeded (answer)",
    ]
    assert (again.status, again.replayed) == (202, True)


async def test_a_refund_that_somebody_else_has_deferred_is_not_deferred_again(
    world: World,
) -> None:
    """The request lost a conflict and slept so long that a worker took it for gone."""
    paid = await world.create()
    world.given(alpha=[BUSY, BUSY, says(BUSY, after_s=1.0)])
    world.store.fails(FollowUpDeferred, WrongRevision("payment-x", 7, 8), times=1)
    refunding = world.in_background(world.refund(paid.payment))
    await world.passes(1)
    world.api.surroundings.chance = 1000.0  # 20 s
    await world.passes(16)

    assert await world.carry_on(paid.payment, by=world.start("worker-1")) is True
    refund = await refunding

    assert refund.status == 202
    story = await world.story(paid.payment)
    assert sum(one.startswith("FollowUpDeferred") for one in story) == 1
