"""A 503 speaks for the command: what was answered so is not sent later (docs/decisions/0014)."""

from __future__ import annotations

import asyncio

import pytest

from api.http.problems import TABLE
from application.payments.desk import RECORDING_S_MIN
from application.payments.idempotency import InProgress
from application.ports.event_store import AppendNotSent, FateUnknown, StoreBusy
from domain.payment.events import (
    AttemptRepeated,
    AttemptSucceeded,
    AttemptTakenOver,
    PaymentInitiated,
    RefundStarted,
)
from tests.payments.remote import Turn
from tests.payments.world import RULES, World, body_of


async def test_a_create_whose_first_append_has_no_known_fate_sends_nothing(world: World) -> None:
    """It is stored after the client got its 503: the process that finds it so takes it back."""
    async with world.store.stalled():
        with pytest.raises(FateUnknown):
            await world.create()
        assert world.now_s == pytest.approx(9)
    await world.passes(0.1)
    (payment,) = await world.payments()

    assert await world.story(payment) == [
        "AttemptStarted 1 at alpha",
        "AttemptNotSent",
        "PaymentFailed: not_completed_in_time",
    ]
    repeat = await world.create()
    assert (repeat.status, body_of(repeat)["code"]) == (402, "not_completed_in_time")
    assert body_of(repeat)["retry_with_new_key"] is True
    assert TABLE[FateUnknown].status == 503
    assert TABLE[FateUnknown].retryable
    assert world.alpha.sent == []


async def test_what_was_answered_503_is_never_sent_for_the_first_time_by_a_worker(
    world: World,
) -> None:
    """The process that answered so died before it could take it back (seen: a charge 38 s after
    "nothing was recorded")."""
    world.alpha.can(cancel_by_key=True)
    async with world.store.stalled():
        creating = world.in_background(world.create())
        await world.passes(1)
        creating.cancel()  # with its process
        await asyncio.wait({creating})

    await world.recover(by=world.start("worker-1"), for_s=300)

    (payment,) = await world.payments()
    assert world.alpha.sent == []
    assert (await world.story(payment))[1:] == [
        "LookUpAnswered: absent",
        "AttemptTakenOver by worker-1",
        "AttemptFailed: canceled_by_key (cancel_by_key)",
        "PaymentFailed: not_charged",
    ]


async def test_where_nothing_proves_that_it_was_not_charged_a_person_is_asked(
    world: World,
) -> None:
    async with world.store.stalled():
        creating = world.in_background(world.create())
        await world.passes(1)
        creating.cancel()
        await asyncio.wait({creating})

    await world.recover(by=world.start("worker-1"), for_s=73 * 3600)

    (payment,) = await world.payments()
    assert world.alpha.sent == []
    assert (await world.view(payment))["needs_review"] is True


async def test_while_an_append_may_still_be_stored_no_repeat_is_told_that_nothing_is_recorded(
    world: World,
) -> None:
    """A 503 speaks for the command, not for the append of this one request."""
    async with world.store.stalled():
        with pytest.raises(FateUnknown):
            await world.create()
        with pytest.raises(FateUnknown):  # its own append waits behind the first and is dropped
            await world.create()
        with pytest.raises(AppendNotSent):
            await world.create("another key")


async def test_a_refund_of_no_known_fate_is_told_so_until_it_is_known(world: World) -> None:
    paid = await world.create()
    async with world.store.stalled():
        with pytest.raises(FateUnknown):
            await world.refund(paid.payment)
        with pytest.raises(FateUnknown):
            await world.refund(paid.payment)
    await world.passes(0.1)

    repeat = await world.refund(paid.payment)

    assert (repeat.status, body_of(repeat)["code"]) == (402, "refund_failed")
    assert (await world.story(paid.payment))[-2:] == ["AttemptNotSent", "RefundFailed: not_sent"]
    assert [one.kind for one in world.alpha.sent] == ["charge"]
    assert (await world.refund(paid.payment, key="r2")).status == 201


async def test_a_refund_of_no_known_fate_is_never_sent(world: World) -> None:
    paid = await world.create()
    world.store.loses_answer_of(RefundStarted)
    with pytest.raises(FateUnknown):
        await world.refund(paid.payment)
    await world.passes(5)

    await world.api.core.carrying.look_now(paid.payment)
    await world.recover(by=world.start("worker-1"), for_s=60)

    assert (await world.refund(paid.payment)).status == 402
    assert (await world.view(paid.payment))["amount_refunded"] == 0
    assert [one.kind for one in world.alpha.sent] == ["charge"]


@pytest.mark.parametrize("settled", [True, False])
async def test_an_append_that_was_refused_in_the_end_leaves_the_key_free(
    world: World, settled: bool
) -> None:
    fate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    fate.set_result(None)
    world.store.fails(PaymentInitiated, FateUnknown("gone", fate if settled else None), times=1)
    with pytest.raises(FateUnknown):
        await world.create()
    await world.passes(0.1 if settled else 3700)
    world.store.fails(PaymentInitiated, StoreBusy("full"), times=1)

    with pytest.raises(StoreBusy):  # nothing of the command may be stored any more
        await world.create()

    assert (await world.create()).status == 201


@pytest.mark.parametrize("hanging", [AttemptTakenOver, AttemptRepeated, AttemptSucceeded])
async def test_a_repeat_whose_appends_hang_is_served_no_longer_than_any_request(
    world: World, hanging: type
) -> None:
    """Its process died before it sent; the repeat takes over and sends, and the log says nothing
    any more (seen: 15.6 s)."""
    world.dead.add("api-1")
    world.given(alpha=[Turn(stalls_s=100)])
    payment = await world.dies_after(1, world.create())
    api = world.start("api-2")
    world.store.hangs(hanging)
    began_s = world.now_s

    if hanging is AttemptTakenOver:  # nothing concludes the command yet
        with pytest.raises(InProgress):
            await world.create(by=api)
    else:
        assert (await world.create(by=api)).status == 202

    assert world.now_s - began_s <= RULES.latency_budget_s + RECORDING_S_MIN
    sent = world.alpha.sent
    assert [one.by for one in sent] == (["api-2"] if hanging is AttemptSucceeded else [])
    world.store.heals()
    await world.recover(by=api, for_s=60)
    assert (await world.view(payment))["status"] == "succeeded" or not sent
    assert len(sent) <= 1
