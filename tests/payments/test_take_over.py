"""One owner sends; another process takes over only when the former one can do no harm."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.event_store import StoreBusy
from domain.gateway.answers import Declined
from domain.payment.events import AttemptTakenOver
from tests.payments.remote import BUSY, CHARGED_SILENTLY, LOST, Turn, says
from tests.payments.world import RULES, World

FREE_AT_S = 2 + 30 + 5  # send_before, the time an answer may take, clock skew
NEVER_SENT = Turn(stalls_s=1000.0)


async def test_a_try_is_left_alone_while_its_owner_may_be_alive(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    payment = await world.dies_after(1, world.create())
    worker = world.start("worker-1")

    await world.passes(FREE_AT_S - 1 - 0.1)
    assert await world.carry_on(payment, by=worker) is False
    assert await world.story(payment) == ["AttemptStarted 1 at alpha"]
    await world.passes(0.1)
    assert await world.carry_on(payment, by=worker) is True

    assert (await world.story(payment))[1:] == ["AttemptSucceeded (look_up)"]


async def test_the_work_list_names_that_very_moment(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    await world.dies_after(1, world.create())

    (due,) = await world.work.due(world.moment(FREE_AT_S), 10)

    assert (due.recover_after, due.owner) == (world.moment(FREE_AT_S), "api-1")
    assert await world.work.due(world.moment(FREE_AT_S - 0.001), 10) == []


async def test_what_needs_an_owner_waits_for_the_former_one(world: World) -> None:
    """The outcome is known to be unknown: anybody may look, but only the owner may repeat."""
    world.given(alpha=[LOST])
    answer = await world.create()
    worker = world.start("worker-1")

    await world.recover(by=worker, for_s=FREE_AT_S - world.now_s - 0.5)
    assert (await world.story(answer.payment))[2:] == ["LookUpAnswered: absent"]
    await world.recover(by=worker, for_s=5)

    assert (await world.story(answer.payment))[3:] == [
        "AttemptTakenOver by worker-1",
        "AttemptRepeated by worker-1",
        "AttemptSucceeded (repeat)",
    ]


async def test_a_dead_owner_is_followed_at_once(world: World) -> None:
    world.given(alpha=[NEVER_SENT])
    payment = await world.dies_after(1, world.create())
    world.dead.add("api-1")
    worker = world.start("worker-1")

    assert [one.stream for one in await worker.worker.due(10)] == [f"payment-{payment}"]
    assert await world.carry_on(payment, by=worker) is True
    assert (await world.story(payment))[1:] == ["LookUpAnswered: absent"]
    answer = await world.create(by=world.start("api-2"))

    assert (await world.story(payment))[2:] == [
        "AttemptTakenOver by api-2",
        "AttemptRepeated by api-2",
        "AttemptSucceeded (repeat)",
    ]
    assert (answer.status, answer.replayed) == (202, True)  # of the take-over
    assert world.now_s < 2


async def test_a_refund_of_a_dead_owner_is_carried_on_at_once(world: World) -> None:
    """It was asked for and is on record; nobody is charged who has left."""
    paid = await world.create()
    world.given(alpha=[NEVER_SENT])
    await world.dies_after(1, world.refund(paid.payment))
    world.dead.add("api-1")

    assert await world.carry_on(paid.payment, by=world.start("worker-1")) is True

    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_taking_over_is_an_append_of_its_own_before_anything_is_asked_for(
    world: World,
) -> None:
    world.alpha.can(cancel_by_key=True, look_up=False)
    world.given(alpha=[NEVER_SENT])
    payment = await world.dies_after(1, world.create())
    await world.cancel(payment)
    worker = world.start("worker-1")

    await world.recover(by=worker, for_s=60)

    assert world.store.appends[2:] == [
        ["AttemptTakenOver"],
        ["AttemptFailed", "PaymentCanceled"],
    ]
    assert [what for what, _ in world.alpha.heard] == ["cancel"]


async def test_where_taking_over_is_not_recorded_nobody_is_asked(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[NEVER_SENT])
    payment = await world.dies_after(1, world.create())
    world.store.fails(AttemptTakenOver, StoreBusy("full"))
    await world.passes(61)  # it is no longer wanted

    with pytest.raises(StoreBusy):
        await world.carry_on(payment, by=world.start("worker-1"))

    assert world.alpha.heard == []


async def test_two_workers_at_once_send_once(world: World) -> None:
    world.alpha.can(key_lifetime_s=3600.0)
    world.given(alpha=[LOST])
    payment = (await world.create()).payment
    workers = [world.start(f"worker-{number}") for number in range(5)]
    await world.passes(40)

    await asyncio.gather(*(world.carry_on(payment, by=one) for one in workers))

    assert len(world.alpha.sent) == 2  # the one that was lost, and one of five
    assert (await world.view(payment))["status"] == "succeeded"


@pytest.mark.parametrize("no", [says(BUSY, after_s=20.0), says(Declined(code="no"), after_s=20.0)])
async def test_a_refusal_heard_by_the_former_owner_proves_nothing(world: World, no: Turn) -> None:
    """It speaks of the former owner's send; the new one's may have gone through."""
    world.alpha.can(look_up=False)
    world.given(alpha=[no, LOST])
    answer = await world.create()
    world.dead.add("api-1")
    await world.passes(5.5)
    await world.carry_on(answer.payment, by=world.start("worker-1"))

    await world.passes(10)

    assert (await world.story(answer.payment))[2:] == [
        "AttemptTakenOver by worker-1",
        "AttemptRepeated by worker-1",
    ]


async def test_a_refusal_heard_by_the_former_owner_proves_nothing_even_unrepeated(
    world: World,
) -> None:
    world.alpha.can(look_up=False, key_lifetime_s=0.0)
    world.given(alpha=[says(BUSY, after_s=20.0)])
    answer = await world.create()
    world.dead.add("api-1")
    await world.passes(5.5)
    await world.carry_on(answer.payment, by=world.start("worker-1"))

    await world.passes(10)

    assert (await world.story(answer.payment))[2:] == ["AttemptTakenOver by worker-1"]


async def test_a_success_heard_by_the_former_owner_counts(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[says(after_s=20.0), LOST])
    answer = await world.create()
    world.dead.add("api-1")
    await world.passes(5.5)
    await world.carry_on(answer.payment, by=world.start("worker-1"))

    await world.passes(10)

    assert (await world.story(answer.payment))[-1] == "AttemptSucceeded (late_answer)"


async def test_an_owner_that_wakes_up_late_sends_nothing(world: World) -> None:
    """It slept through its time before writing; meanwhile the client's repeat had it sent."""
    world.given(alpha=[Turn(stalls_s=45.0)])
    creating = world.in_background(world.create())
    await world.passes(40)
    (payment,) = await world.payments()
    world.hot.forget()
    await world.create(by=world.start("api-2"))

    answer = await creating

    assert [one.by for one in world.alpha.sent] == ["api-2"]
    assert (await world.view(payment))["status"] == "succeeded"
    assert answer.status == 202  # what was true when the take-over concluded the command


async def test_a_worker_whose_clock_is_5_s_ahead_does_no_harm(world: World) -> None:
    """The late answer is read for 30 s after the send; the skew is allowed for."""
    world.given(alpha=[says(after_s=29.5)])
    answer = await world.create()
    ahead = world.start("worker-1", skew_s=RULES.clock_skew.total_seconds())

    await world.recover(by=ahead, for_s=30)

    assert not any("TakenOver" in one for one in await world.story(answer.payment))
    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_what_its_owner_has_in_hand_is_nobodys_to_carry_on(world: World) -> None:
    world.given(alpha=[says(after_s=8.0)])
    creating = world.in_background(world.create())
    await world.passes(3)
    (payment,) = await world.payments()

    assert await world.carry_on(payment) is False
    assert await world.carry_on(payment, by=world.start("worker-1")) is False

    assert (await creating).status == 201
    assert [what for what, _ in world.alpha.heard] == ["charge"]


async def test_a_reader_that_was_frozen_takes_no_send_back(world: World) -> None:
    """A hint made it read the stream while the refund was in flight; when the reading comes, the
    silence is on record, the try is a worker's, and this process remembers nothing of its send."""
    world.alpha.can(key_lifetime_s=0.0)
    paid = await world.create()
    world.given(alpha=[CHARGED_SILENTLY])
    refunding = world.in_background(world.refund(paid.payment, 300))
    await world.passes(7)
    world.alpha.is_deaf = True
    hint = asyncio.create_task(world.api.core.carrying.look_now(paid.payment))
    await world.passes(0.01)
    world.store.reads_take_s = 80.0
    await world.passes(0.05)
    world.store.reads_take_s = 0.0
    assert (await refunding).status == 202
    await world.recover(by=world.start("worker-1"), for_s=60)

    await hint

    assert sum(one.amount for one in world.alpha.sent if one.kind == "refund") == 300
    assert "AttemptNotSent" not in await world.story(paid.payment)


async def test_nobody_is_asked_about_what_its_client_may_still_have_sent(world: World) -> None:
    """With a short `review_after`: who is asked to look keeps all others from settling it, and it
    would wait for a person although its absence proves that nothing happened."""
    short = timedelta(seconds=50)
    rules = replace(RULES, review_after=short, look_after_review=short)
    world.api = world.start("api-2", rules=rules)
    world.alpha.can(absence_final=True)
    world.given(alpha=[NEVER_SENT])
    payment = await world.dies_after(1, world.create())

    await world.recover(by=world.start("worker-1", rules=rules), for_s=3_600)

    assert (await world.view(payment))["status"] == "failed"
    assert (await world.story(payment))[1].startswith("LookUpAnswered")
