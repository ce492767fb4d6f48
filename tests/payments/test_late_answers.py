"""Answers that come after their request got its 202: recorded, with all that follows."""

from __future__ import annotations

import pytest

from application.payments.follow_ups import KEEP_PAUSES_S
from application.ports.event_store import StoreBusy
from domain.gateway.answers import Declined, Done, NotProcessed
from domain.money import Money
from domain.payment.events import AttemptSucceeded
from tests.payments.remote import BROKEN, BUSY, DO_NOT_HONOR, NO_FUNDS, Turn, says
from tests.payments.world import World, body_of

NO_REFERENCE = Declined(code="do_not_honor", network_code="05", advice="do_not_try_again")
NEVER_BOOKED_OK = Turn(after_s=25.0, takes_effect=False)  # what a look-up does not show yet


async def test_a_late_success_is_recorded(world: World) -> None:
    world.given(alpha=[says(after_s=12.0)])

    answer = await world.create()
    await world.passes(10)

    assert answer.status == 202
    assert (await world.view(answer.payment))["status"] == "succeeded"
    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        "OutcomeUnknown: no answer in time",
        "AttemptSucceeded (late_answer)",
    ]


async def test_what_the_client_was_told_stays_the_answer_of_its_key(world: World) -> None:
    world.given(alpha=[says(after_s=12.0)])
    answer = await world.create()
    await world.passes(10)

    repeat = await world.create()

    assert (repeat.status, repeat.body, repeat.replayed) == (202, answer.body, True)


@pytest.mark.parametrize(
    ("no", "retryable"), [(DO_NOT_HONOR, False), (NO_FUNDS, True), (NO_REFERENCE, False)]
)
async def test_a_late_decline_ends_as_a_decline(
    world: World, no: Declined, retryable: bool
) -> None:
    """Whoever looks at the payment must learn that trying again is of no use (bug 12)."""
    world.given(alpha=[says(no, after_s=12.0)])

    answer = await world.create()
    await world.passes(10)

    view = await world.view(answer.payment)
    assert (view["status"], view["failure"]["code"]) == ("failed", "declined")
    assert view["failure"]["retryable"] is retryable
    assert view["failure"]["decline"]["code"] == no.code
    assert world.beta.sent == []


async def test_a_decline_that_a_look_up_finds_ends_as_a_decline(world: World) -> None:
    world.given(alpha=[Turn(answer=DO_NOT_HONOR, after_s=None)])

    answer = await world.create()
    await world.recover(for_s=30)

    failure = (await world.view(answer.payment))["failure"]
    assert (failure["code"], failure["retryable"]) == ("declined", False)


async def test_a_decline_that_a_repeat_finds_ends_as_a_decline(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[Turn(answer=DO_NOT_HONOR, after_s=None)])

    answer = await world.create()
    await world.recover(for_s=30)

    assert "AttemptRepeated by api-1" in await world.story(answer.payment)
    failure = (await world.view(answer.payment))["failure"]
    assert (failure["code"], failure["retryable"]) == ("declined", False)


async def test_a_late_no_ends_the_payment_and_asks_nobody_else(world: World) -> None:
    """The request was answered: nobody is charged who has left."""
    world.given(alpha=[says(BUSY, after_s=12.0)])

    answer = await world.create()
    await world.passes(10)

    failure = (await world.view(answer.payment))["failure"]
    assert (failure["code"], failure["retryable"]) == ("not_charged", True)
    assert world.beta.sent == []


async def test_a_late_success_after_it_was_settled_as_not_charged_is_given_back(
    world: World,
) -> None:
    world.alpha.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[NEVER_BOOKED_OK])
    answer = await world.create()
    await world.recover(for_s=10)
    assert (await world.view(answer.payment))["status"] == "failed"

    await world.passes(10)

    assert (await world.story(answer.payment))[2:] == [
        "AttemptFailed: absent (absence)",
        "PaymentFailed: not_charged",
        "LateSuccessObserved (late_answer)",
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
    ]
    assert ["LateSuccessObserved", "CompensationStarted"] in world.store.appends
    assert world.alpha.sent[-1].kind == "refund"


async def test_a_compensation_that_nobody_could_send_is_carried_on(world: World) -> None:
    world.alpha.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[NEVER_BOOKED_OK, says(BUSY), says(NotProcessed(code="broken"))])
    answer = await world.create()
    await world.recover(for_s=20)

    await world.recover(for_s=600)

    story = await world.story(answer.payment)
    assert story[-1].startswith("CompensationSucceeded")
    assert (await world.view(answer.payment))["status"] == "failed"


async def test_the_same_late_success_twice_is_given_back_once(world: World) -> None:
    world.alpha.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[NEVER_BOOKED_OK])
    answer = await world.create()
    await world.recover(for_s=20)

    await world.api.core.carrying.look_now(answer.payment)

    story = await world.story(answer.payment)
    assert story.count("LateSuccessObserved (late_answer)") == 1
    assert sum(one.startswith("CompensationStarted") for one in story) == 1


async def test_a_hint_finds_a_charge_that_was_settled_as_not_charged(world: World) -> None:
    world.alpha.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[Turn(after_s=None, takes_effect=False)])
    answer = await world.create()
    await world.recover(for_s=20)
    world.alpha.book(world.alpha.sent[0].key, world.captured("ch_late"))

    await world.api.core.carrying.look_now(answer.payment)

    assert (await world.story(answer.payment))[-3:] == [
        "LateSuccessObserved (look_up)",
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
    ]


async def test_a_late_success_of_a_canceled_payment_is_given_back(world: World) -> None:
    world.given(alpha=[says(after_s=12.0)])
    answer = await world.create()

    cancel = await world.cancel(answer.payment)
    await world.passes(10)

    assert (cancel.status, body_of(cancel)["cancel_requested"]) == (202, True)
    assert (await world.story(answer.payment))[2:] == [
        "CancelRequested",
        "AttemptSucceeded (late_answer)",
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
        "PaymentCanceled",
    ]


async def test_a_late_answer_is_kept_until_the_log_takes_it(world: World) -> None:
    """Nothing else can learn it: the gateway cannot be looked up, and forgets its keys."""
    world.alpha.can(look_up=False, cancel_by_key=False, key_lifetime_s=0.0)
    world.given(alpha=[says(after_s=12.0)])
    answer = await world.create()
    world.store.fails(AttemptSucceeded, StoreBusy("full"), times=5)

    await world.passes(30)

    assert world.alpha.not_taken == []
    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_a_late_answer_that_cannot_be_recorded_is_found_by_recovery(world: World) -> None:
    world.given(alpha=[says(after_s=12.0)])
    answer = await world.create()
    world.store.fails(AttemptSucceeded, StoreBusy("full"), times=len(KEEP_PAUSES_S) + 1)
    await world.passes(200)
    assert len(world.alpha.not_taken) == 1

    await world.recover(for_s=60)

    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_a_refund_that_was_done_after_all_is_not_forgotten(world: World) -> None:
    """The gateway said no and knows of it later: it counts, is shown, and leaves less to refund."""
    paid = await world.create()
    world.given(alpha=[BROKEN])
    refund = await world.refund(paid.payment, 600, key="r1")
    world.alpha.book(world.alpha.sent[-1].key, Done("re_late", Money(600, "EUR")))

    await world.api.core.carrying.look_now(paid.payment)
    again = await world.refund(paid.payment, 600, key="r2")
    rest = await world.refund(paid.payment, 400, key="r3")

    assert (refund.status, again.status, rest.status) == (402, 409, 201)
    view = await world.view(paid.payment)
    assert (view["amount_refunded"], view["needs_review"]) == (1000, False)
    assert "LateOperationObserved (look_up)" in await world.story(paid.payment)


async def test_more_given_back_than_was_taken_is_for_a_person_to_see(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BROKEN])
    await world.refund(paid.payment, 600, key="r1")
    key = world.alpha.sent[-1].key
    await world.refund(paid.payment, 600, key="r2")
    world.alpha.book(key, Done("re_late", Money(600, "EUR")))

    await world.api.core.carrying.look_now(paid.payment)
    await world.api.core.carrying.look_now(paid.payment)

    view = await world.view(paid.payment)
    assert (view["amount_refunded"], view["needs_review"]) == (1200, True)
    assert (await world.story(paid.payment))[-2:] == [
        "LateOperationObserved (look_up)",
        "ReviewRequested: moved_beyond_bounds",
    ]
