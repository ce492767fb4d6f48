"""A gateway was asked and the outcome cannot be appended: a 202 that is nobody's last word, and an
end that recovery brings (docs/decisions/0005)."""

from __future__ import annotations

import pytest

from application.payments.idempotency import InProgress
from application.ports.event_store import FateUnknown, StoreBusy, WrongRevision
from domain.payment.events import (
    AttemptSucceeded,
    CaptureSucceeded,
    OutcomeUnknown,
    RefundSucceeded,
)
from tests.payments.remote import LOST
from tests.payments.world import World, body_of

LOG_IS_AWAY = [
    StoreBusy("full"),
    FateUnknown("sent, not answered in time"),
    WrongRevision("payment-x", 2, 5),  # again and again
]


@pytest.mark.parametrize("failure", LOG_IS_AWAY, ids=lambda one: type(one).__name__)
async def test_an_outcome_that_cannot_be_recorded_is_answered_with_202(
    world: World, failure: StoreBusy | FateUnknown | WrongRevision
) -> None:
    world.store.fails(AttemptSucceeded, failure)

    answer = await world.create()

    assert (answer.status, body_of(answer)["status"]) == (202, "processing")
    assert answer.final is False


async def test_conflicts_on_an_outcome_are_tried_eight_times(world: World) -> None:
    world.store.fails(AttemptSucceeded, WrongRevision("payment-x", 2, 5))

    await world.create()

    assert world.store.appends.count(["AttemptSucceeded"]) == 8
    assert len(world.alpha.sent) == 1


async def test_the_provisional_answer_is_not_kept_for_the_key(world: World) -> None:
    """Recovery finds the charge: from then on the key has its own, last answer."""
    world.store.fails(AttemptSucceeded, StoreBusy("full"), times=1)
    first = await world.create()

    await world.recover(for_s=60)
    again = await world.create()
    once_more = await world.create()

    assert (first.status, again.status) == (202, 201)
    assert body_of(again)["status"] == "succeeded"
    assert once_more.body == again.body
    assert len(world.alpha.sent) == 1


async def test_a_repeat_before_the_end_waits_and_is_told_that_it_is_in_progress(
    world: World,
) -> None:
    world.store.fails(AttemptSucceeded, StoreBusy("full"))
    await world.create()
    asked_at_s = world.now_s

    with pytest.raises(InProgress):
        await world.create()

    assert world.now_s - asked_at_s == pytest.approx(9, abs=0.2)


async def test_a_repeat_that_waits_gets_the_answer_as_soon_as_it_is_there(world: World) -> None:
    world.store.fails(AttemptSucceeded, StoreBusy("full"), times=1)
    await world.create()
    await world.passes(33)
    repeat = world.in_background(world.create())

    await world.recover(for_s=8)

    assert repeat.done()
    assert (await repeat).status == 201


async def test_an_outcome_that_was_stored_although_nobody_heard_so_is_the_answer(
    world: World,
) -> None:
    world.store.loses_answer_of(AttemptSucceeded)

    first = await world.create()
    again = await world.create()

    assert (first.status, first.final) == (202, False)
    assert (again.status, again.replayed) == (201, True)


async def test_what_became_of_a_send_is_put_on_record_behind_its_request(world: World) -> None:
    """Where nobody can look, it would be stuck until the review: no worker repeats a charge that
    may never have been sent."""
    world.alpha.can(look_up=False)
    world.store.fails(AttemptSucceeded, StoreBusy("full"), times=4)

    answer = await world.create()
    await world.recover(by=world.start("worker-1"), for_s=50)

    assert (answer.status, answer.final) == (202, False)
    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        "AttemptSucceeded (late_answer)",
    ]
    assert len(world.alpha.sent) == 1


async def test_a_silence_too_is_put_on_record_behind_its_request(world: World) -> None:
    """Then a worker may repeat: a send is known to be done."""
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST])
    world.store.fails(OutcomeUnknown, StoreBusy("full"), times=4)

    answer = await world.create()
    await world.recover(by=world.start("worker-1"), for_s=50)

    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        "OutcomeUnknown: no answer in time",
        "AttemptTakenOver by worker-1",
        "AttemptRepeated by worker-1",
        "AttemptSucceeded (repeat)",
    ]


async def test_a_refunds_outcome_is_put_on_record_behind_its_request_too(world: World) -> None:
    world.alpha.can(look_up=False)
    paid = await world.create()
    world.store.fails(RefundSucceeded, StoreBusy("full"), times=4)

    await world.refund(paid.payment)
    await world.recover(by=world.start("worker-1"), for_s=30)

    assert (await world.view(paid.payment))["amount_refunded"] == 1000
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]


async def test_where_it_can_neither_be_looked_up_nor_repeated_a_person_is_called(
    world: World,
) -> None:
    world.alpha.can(look_up=False, key_lifetime_s=0.0)
    world.store.fails(AttemptSucceeded, StoreBusy("full"))
    answer = await world.create()

    await world.recover(for_s=73 * 3600)

    assert (await world.view(answer.payment))["needs_review"] is True
    assert len(world.alpha.sent) == 1


async def test_a_silence_that_cannot_be_recorded_ends_in_the_same_way(world: World) -> None:
    world.given(alpha=[LOST])
    world.store.fails(OutcomeUnknown, StoreBusy("full"), times=1)

    answer = await world.create()
    await world.recover(for_s=60)

    assert (answer.status, answer.final) == (202, False)
    assert (await world.view(answer.payment))["status"] == "succeeded"
    assert len({one.key for one in world.alpha.sent}) == 1


async def test_a_refund_whose_outcome_cannot_be_recorded_is_found_by_a_look_up(
    world: World,
) -> None:
    paid = await world.create()
    world.store.fails(RefundSucceeded, StoreBusy("full"), times=1)

    refund = await world.refund(paid.payment)
    await world.recover(for_s=60)
    again = await world.refund(paid.payment)

    assert (refund.status, refund.final) == (202, False)
    assert (again.status, body_of(again)["status"]) == (201, "succeeded")
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]


async def test_a_capture_whose_outcome_cannot_be_recorded_is_repeated_under_its_key(
    world: World,
) -> None:
    world.alpha.can(look_up=False)
    held = await world.create(manual=True)
    world.store.fails(CaptureSucceeded, StoreBusy("full"), times=1)

    capture = await world.capture(held.payment)
    await world.recover(for_s=60)

    assert (capture.status, capture.final) == (202, False)
    assert (await world.view(held.payment))["amount_captured"] == 1000
    assert len({one.key for one in world.alpha.sent if one.kind == "capture"}) == 1
