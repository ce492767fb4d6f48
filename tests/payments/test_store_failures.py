"""The event log fails: what was not recorded is never sent, and what was is never forgotten."""

from __future__ import annotations

import asyncio
import logging

import pytest

from api.http.problems import TABLE
from application.payments.log import ConflictPersists
from application.ports.event_store import (
    AppendNotSent,
    AppendTooLarge,
    FateUnknown,
    StoreBusy,
    StoreFailure,
    StoreUnavailable,
    StreamNotWhole,
    WrongRevision,
)
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.events import (
    AttemptStarted,
    AttemptSucceeded,
    PaymentInitiated,
    RefundStarted,
)
from tests.payments.remote import BUSY
from tests.payments.world import World


async def test_what_was_never_stored_is_free_for_a_repeat(world: World) -> None:
    world.store.fails(PaymentInitiated, FateUnknown("never stored"), times=1)
    with pytest.raises(FateUnknown):
        await world.create()
    assert world.alpha.sent == []

    assert (await world.create()).status == 201


@pytest.mark.parametrize(
    "failure",
    [StoreBusy("full"), AppendNotSent("still queued"), AppendTooLarge("too large")],
    ids=lambda one: type(one).__name__,
)
async def test_a_create_that_was_not_recorded_leaves_nothing(
    world: World, failure: StoreFailure
) -> None:
    world.store.fails(PaymentInitiated, failure, times=1)

    with pytest.raises(type(failure)):
        await world.create()

    assert TABLE[type(failure)].status in (503, 413)
    assert (world.alpha.sent, await world.payments()) == ([], [])
    assert (await world.create()).status == 201


async def test_what_still_waits_in_the_queue_when_the_budget_ends_is_dropped(
    world: World,
) -> None:
    async with world.store.stalled():
        first = world.in_background(world.create("k1"))
        await world.passes(0.1)
        with pytest.raises(AppendNotSent):
            await world.create("k2")
        with pytest.raises(FateUnknown):
            await first
    await world.passes(1)

    assert len(await world.payments()) == 1


@pytest.mark.parametrize("failure", [StoreBusy("full"), AppendNotSent("still queued")])
async def test_a_refund_that_was_not_recorded_is_not_sent(
    world: World, failure: StoreFailure
) -> None:
    paid = await world.create()
    world.store.fails(RefundStarted, failure, times=1)

    with pytest.raises(type(failure)):
        await world.refund(paid.payment)

    assert [one.kind for one in world.alpha.sent] == ["charge"]
    assert (await world.refund(paid.payment)).status == 201


async def test_conflicts_are_decided_anew_eight_times_and_then_given_back(world: World) -> None:
    paid = await world.create()
    world.store.fails(RefundStarted, WrongRevision("payment-x", 3, 4))

    with pytest.raises(ConflictPersists):
        await world.refund(paid.payment)

    assert world.store.appends.count(["RefundStarted"]) == 8
    assert (TABLE[ConflictPersists].status, TABLE[ConflictPersists].retry_after_s) == (409, 1)
    assert [one.kind for one in world.alpha.sent] == ["charge"]


async def test_a_conflict_is_no_reason_to_refuse(world: World) -> None:
    paid = await world.create()
    world.store.fails(RefundStarted, WrongRevision("payment-x", 3, 4), times=7)

    assert (await world.refund(paid.payment)).status == 201


async def test_a_failover_that_cannot_be_recorded_asks_nobody(world: World) -> None:
    """The no of alpha and the intent for beta are one append: without it beta is not asked."""
    world.given(alpha=[BUSY])
    world.store.fails(AttemptStarted, StoreBusy("full"), first=1)

    answer = await world.create()

    assert (answer.status, answer.final) == (202, False)
    assert world.beta.sent == []


async def test_a_log_that_cannot_be_read_refuses_commands(world: World) -> None:
    paid = await world.create()
    world.store.reads_fail = StoreUnavailable("no answer")

    with pytest.raises(StoreUnavailable):
        await world.refund(paid.payment)

    assert TABLE[StoreUnavailable].status == 503
    assert [one.kind for one in world.alpha.sent] == ["charge"]


async def test_a_stream_that_was_deleted_before_takes_no_payment(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A soft-deleted stream accepts NO_STREAM and goes on counting: nothing is sent on it."""
    world.store.continues_at = 7

    with pytest.raises(StreamNotWhole):
        await world.create()

    assert world.alpha.sent == []
    (alarm,) = [one for one in caplog.records if one.levelno == logging.CRITICAL]
    assert "deleted" in alarm.getMessage()


async def test_nothing_is_ever_decided_on_a_stream_without_its_beginning(world: World) -> None:
    world.store.continues_at = 7
    with pytest.raises(StreamNotWhole):
        await world.create()
    (payment,) = await world.payments()
    await world.passes(60)

    with pytest.raises(ImpossibleHistory):
        await world.create()
    with pytest.raises(ImpossibleHistory):
        await world.refund(payment)
    with pytest.raises(ImpossibleHistory):
        await world.carry_on(payment)

    assert world.alpha.heard == []


async def test_an_outcome_on_a_damaged_stream_is_answered_with_202(world: World) -> None:
    world.store.fails(AttemptSucceeded, StreamNotWhole("somebody deleted it"))

    answer = await world.create()

    assert (answer.status, answer.final) == (202, False)


async def test_a_client_that_hangs_up_does_not_stop_what_the_store_was_given(
    world: World,
) -> None:
    """What was appended is carried on by recovery, whatever became of the request."""
    paid = await world.create()
    async with world.store.stalled():
        refunding = world.in_background(world.refund(paid.payment))
        await world.passes(0.5)
        refunding.cancel()
        await asyncio.wait({refunding})

    await world.recover(by=world.start("worker-1"), for_s=60)

    assert (await world.view(paid.payment))["amount_refunded"] == 1000
