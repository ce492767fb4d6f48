"""Whom a charge is asked of next, and when nobody else may be asked."""

from __future__ import annotations

import pytest

from domain.gateway.answers import Captured, Declined, NotProcessed, Pending
from domain.money import Money
from tests.payments.remote import (
    BROKEN,
    BUSY,
    CHARGED_SILENTLY,
    DO_NOT_HONOR,
    LOST,
    NO_FUNDS,
    OK,
    UNREACHABLE,
    Turn,
    says,
)
from tests.payments.world import World, body_of


@pytest.mark.parametrize(
    ("no", "code"), [(says(BUSY), "busy"), (says(BROKEN), "broken"), (UNREACHABLE, "unreachable")]
)
async def test_a_definite_no_leads_to_the_next_gateway(world: World, no: Turn, code: str) -> None:
    world.given(alpha=[no])

    answer = await world.create()

    assert (answer.status, body_of(answer)["status"]) == (201, "succeeded")
    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        f"AttemptFailed: {code} (answer)",
        "AttemptStarted 2 at beta",
        "AttemptSucceeded (answer)",
    ]
    assert world.alpha.moved.total() == 0


async def test_a_no_and_the_next_intent_are_one_append(world: World) -> None:
    world.given(alpha=[BUSY])

    await world.create()

    assert world.store.appends == [
        ["PaymentInitiated", "RouteDecided", "AttemptStarted"],
        ["AttemptFailed", "AttemptStarted"],
        ["AttemptSucceeded"],
    ]


@pytest.mark.parametrize(("no", "retryable"), [(NO_FUNDS, True), (DO_NOT_HONOR, False)])
async def test_a_decline_by_the_payers_bank_ends_the_asking(
    world: World, no: Declined, retryable: bool
) -> None:
    world.given(alpha=[no])

    answer = await world.create()

    problem = body_of(answer)
    assert (answer.status, problem["code"], problem["retry_with_new_key"]) == (
        402,
        "declined",
        retryable,
    )
    assert problem["decline"]["code"] == no.code
    assert world.beta.sent == []


async def test_a_decline_after_a_definite_no_is_the_end_as_well(world: World) -> None:
    world.given(alpha=[BUSY], beta=[DO_NOT_HONOR])

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "declined")
    assert (len(world.alpha.sent), len(world.beta.sent)) == (1, 1)


@pytest.mark.parametrize("silence", [LOST, CHARGED_SILENTLY])
async def test_after_a_silence_nobody_else_is_asked(world: World, silence: Turn) -> None:
    world.given(alpha=[silence])

    answer = await world.create()

    assert (answer.status, body_of(answer)["status"]) == (202, "pending_verification")
    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        "OutcomeUnknown: no answer in time",
    ]
    assert world.beta.sent == []


async def test_a_pending_charge_is_answered_as_processing(world: World) -> None:
    world.given(alpha=[Pending("ch_1")])

    answer = await world.create()

    assert (answer.status, body_of(answer)["status"]) == (202, "processing")
    assert world.beta.sent == []


async def test_everybody_is_asked_once_before_anybody_is_asked_again(world: World) -> None:
    world.given(alpha=[BUSY, OK], beta=[BUSY])

    answer = await world.create()

    assert answer.status == 201
    assert [one for one in await world.story(answer.payment) if "Started" in one] == [
        "AttemptStarted 1 at alpha",
        "AttemptStarted 2 at beta",
        "AttemptStarted 3 at alpha",
    ]


async def test_only_what_was_busy_is_asked_again(world: World) -> None:
    world.given(alpha=[BROKEN], beta=[BUSY, BUSY, BUSY])

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "no_gateway_available")
    assert (len(world.alpha.sent), len(world.beta.sent)) == (1, 3)


async def test_four_tries_are_the_most(world: World) -> None:
    world.alpha.script(then=says(BUSY))
    world.beta.script(then=says(BUSY))

    answer = await world.create()

    assert (answer.status, body_of(answer)["retry_with_new_key"]) == (402, True)
    assert len(world.alpha.sent) + len(world.beta.sent) == 4
    assert len({one.key for one in world.alpha.sent + world.beta.sent}) == 4


async def test_retry_after_is_honoured(world: World) -> None:
    world.given(alpha=[NotProcessed(code="throttled", retry_after_s=3.0)], beta=[BROKEN])

    answer = await world.create()

    assert answer.status == 201
    first, second = world.alpha.sent
    assert second.at_s - first.at_s >= 3.0
    assert "AttemptNotSent" not in await world.story(answer.payment)


async def test_without_a_wish_the_pause_is_a_share_of_the_back_off(world: World) -> None:
    world.given(alpha=[BUSY, BUSY], beta=[BROKEN])
    world.api.surroundings.chance = 0.75

    await world.create()

    first, second, third = (one.at_s for one in world.alpha.sent)
    assert second - first == pytest.approx(0.75 * 0.1, abs=0.05)
    assert third - second == pytest.approx(0.75 * 0.2 + 0.02)


async def test_too_late_to_send_is_on_record_and_the_next_is_asked(world: World) -> None:
    world.given(alpha=[Turn(stalls_s=2.1)])

    answer = await world.create()

    assert answer.status == 201
    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        "AttemptNotSent",
        "AttemptStarted 2 at beta",
        "AttemptSucceeded (answer)",
    ]
    assert world.alpha.sent == []


async def test_a_payment_that_no_gateway_serves_ends_at_once(world: World) -> None:
    for remote in world.remotes.values():
        remote.can(methods=frozenset({"upi"}))

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "no_gateway_available")
    assert world.store.appends == [["PaymentInitiated", "RouteDecided", "PaymentFailed"]]


async def test_another_amount_than_was_asked_is_a_conflict_and_can_be_given_back(
    world: World,
) -> None:
    world.given(alpha=[Captured("ch_1", Money(900, "EUR"))])

    answer = await world.create()
    refund = await world.refund(answer.payment)

    assert body_of(answer)["status"] == "conflicted"
    assert (refund.status, body_of(refund)["amount"]) == (201, 900)


async def test_declines_do_not_count_against_a_gateway(world: World) -> None:
    world.alpha.script(then=says(DO_NOT_HONOR))
    for number in range(10):
        await world.create(f"k{number}")

    last = await world.create("the last one")

    assert await world.story(last.payment) == [
        "AttemptStarted 1 at alpha",
        "AttemptDeclined: do_not_honor (answer)",
        "PaymentFailed: declined",
    ]


@pytest.mark.parametrize("fault", [says(BUSY), UNREACHABLE])
async def test_faults_count_against_a_gateway(world: World, fault: Turn) -> None:
    world.alpha.script(then=fault)
    for number in range(10):
        await world.create(f"k{number}")

    last = await world.create("the last one")

    assert (await world.story(last.payment))[0] == "AttemptStarted 1 at beta"


async def test_a_no_does_not_settle_what_the_gateway_has_as_pending(world: World) -> None:
    """The look-up of a hint finds the charge before the answer comes: the no is of the send."""
    world.given(alpha=[says(BUSY, after_s=5.0)])
    creating = world.in_background(world.create())
    await world.passes(1)
    world.alpha.books[world.alpha.sent[0].key] = Pending("ch_1")
    (payment,) = await world.payments()
    await world.api.core.carrying.look_now(payment)

    await creating

    assert world.beta.sent == []
    assert await world.story(payment) == ["AttemptStarted 1 at alpha", "AttemptPending"]
