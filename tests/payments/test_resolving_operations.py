"""An operator ends the review of what was to be done to a charge, or of what stands."""

from __future__ import annotations

from typing import Any

import pytest

from domain.gateway.answers import Captured, Done
from domain.money import Money
from domain.payment.events import ReviewResolved
from tests.payments.operators import REVIEW_S, resolve, unknown_refund
from tests.payments.remote import BUSY, CHARGED_SILENTLY, LOST, Turn
from tests.payments.world import World, body_of

CHARGED: dict[str, Any] = {"reference": "ch_9", "amount": 1000}


async def test_a_refund_under_review_was_done_or_was_not(world: World) -> None:
    payment = await unknown_refund(world)
    sent = len(world.alpha.sent)

    wrong = await resolve(world, payment, "charged", **CHARGED)
    too_much = await resolve(world, payment, "done", key="o2", reference="re_1", amount=401)
    answer = await resolve(world, payment, "done", key="o3", reference="re_1", amount=400)

    codes = [body_of(one)["code"] for one in (wrong, too_much)]
    assert codes == ["outcome_does_not_fit", "amount_does_not_fit"]
    assert (answer.status, body_of(answer)["amount_refunded"]) == (200, 400)
    assert len(world.alpha.sent) == sent


async def test_a_refund_that_was_not_done_may_be_asked_for_again(world: World) -> None:
    payment = await unknown_refund(world, 1000)

    answer = await resolve(world, payment, "not_done")
    again = await world.refund(payment, 1000, key="r2")

    assert body_of(answer)["refunds"][0]["failure"]["code"] == "not_done"
    assert again.status == 201


async def test_a_refund_that_was_done_after_all_counts_in_the_bounds_and_asks_a_person(
    world: World,
) -> None:
    """The operator was wrong, and the same money was given back once more since."""
    payment = await unknown_refund(world, 1000)
    await resolve(world, payment, "not_done")
    await world.refund(payment, 1000, key="r2")
    key = world.alpha.sent[1].key
    world.alpha.book(key, Done("re_1", Money(1000, "EUR")))

    await world.api.core.carrying.look_now(payment)

    assert (await world.view(payment))["needs_review"]
    seen = await resolve(world, payment, "acknowledged", key="o2")
    assert seen.status == 200
    assert not (await world.view(payment))["needs_review"]


async def test_a_compensation_that_is_refused_for_ever_was_done_by_hand(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    world.alpha.script(then=Turn(answer=BUSY))
    await world.cancel(unknown.payment)
    await world.recover(for_s=REVIEW_S)
    assert (await world.view(unknown.payment))["needs_review"]

    not_done = await resolve(world, unknown.payment, "not_done")
    done = await resolve(world, unknown.payment, "done", key="o2", reference="by hand", amount=1000)
    tried = len(world.alpha.sent)
    await world.recover(for_s=REVIEW_S)

    assert body_of(not_done)["code"] == "must_be_carried_out"
    assert (done.status, body_of(done)["status"]) == (200, "canceled")
    assert len(world.alpha.sent) == tried
    assert not (await world.view(unknown.payment))["needs_review"]


async def test_what_no_interface_gives_back_was_given_back_by_hand(world: World) -> None:
    world.alpha.can(refunds=False)
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    await world.cancel(unknown.payment)
    await world.recover(for_s=600)

    part = await resolve(world, unknown.payment, "given_back", reference="x", amount=999)
    answer = await resolve(
        world, unknown.payment, "given_back", key="o2", reference="x", amount=1000
    )
    world.alpha.can(refunds=True)
    await world.recover(for_s=REVIEW_S)

    assert body_of(part)["code"] == "amount_does_not_fit"
    assert answer.status == 200
    view = await world.view(unknown.payment)
    assert (view["status"], view["needs_review"]) == ("canceled", False)
    assert (view["amount_captured"], view["amount_refunded"]) == (1000, 1000)
    assert [one.kind for one in world.alpha.sent] == ["charge"]


async def test_another_amount_than_asked_for_is_acknowledged(world: World) -> None:
    world.given(alpha=[Captured("ch_1", Money(900, "EUR"))])
    paid = await world.create()

    first = await resolve(world, paid.payment, "acknowledged")
    second = await resolve(world, paid.payment, "acknowledged", key="o2")

    assert (first.status, body_of(first)["status"]) == (200, "conflicted")
    assert body_of(second)["code"] == "nothing_to_review"


@pytest.mark.parametrize("outcome", ["not_charged", "acknowledged", "given_back"])
async def test_what_waits_for_nobody_is_ended_by_nobody(world: World, outcome: str) -> None:
    paid = await world.create()
    attempt = world.alpha.sent[0].key
    named = await resolve(world, paid.payment, outcome, attempt=attempt, amount=1000)
    unnamed = await resolve(world, paid.payment, outcome, key="o2", amount=1000)
    unknown = await resolve(world, paid.payment, outcome, key="o3", attempt=paid.payment)

    assert {one.status for one in (named, unnamed, unknown)} == {409}
    assert body_of(unnamed)["code"] == body_of(unknown)["code"] == "nothing_to_review"
    assert (await world.view(paid.payment))["status"] == "succeeded"


async def test_where_two_tries_wait_the_one_is_named(world: World) -> None:
    payment = await unknown_refund(world, 400)
    world.given(alpha=[LOST])
    await world.refund(payment, 300, key="r2")
    await world.recover(for_s=REVIEW_S)
    first, second = (one.key for one in world.alpha.sent[1:])

    unnamed = await resolve(world, payment, "not_done")
    named = await resolve(world, payment, "not_done", key="o2", attempt=second)
    rest = await resolve(world, payment, "not_done", key="o3")

    assert body_of(unnamed)["code"] == "review_not_named"
    assert [one.status for one in (named, rest)] == [200, 200]
    ended = [one.key for one in await world.facts(payment) if isinstance(one, ReviewResolved)]
    assert ended == [second, first]
