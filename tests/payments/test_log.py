"""Payments as streams: read whole however long they are, and no oftener than necessary."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import pytest

from application.payments import log as payment_log
from application.payments.log import ConflictPersists, Loaded, PaymentLog, UnknownPayment, known
from application.ports.event_store import (
    READ_EVENTS_MAX,
    AppendTooLarge,
    FateUnknown,
    StoreBusy,
    StoreFailure,
    WrongRevision,
)
from domain.log import RecordedEvent
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.events import AttemptSucceeded, RefundStarted, RefundSucceeded
from domain.payment.state import New
from tests.payments.remote import DO_NOT_HONOR, OK, Turn
from tests.payments.world import World


@pytest.mark.parametrize("page_events", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(("turn", "facts"), [(OK, 4), (Turn(answer=DO_NOT_HONOR), 5)])
async def test_a_stream_of_several_pages_is_read_whole(
    world: World, monkeypatch: pytest.MonkeyPatch, turn: Turn, facts: int, page_events: int
) -> None:
    world.given(alpha=[turn])
    answer = await world.create()
    whole = await world.facts(answer.payment)
    monkeypatch.setattr(payment_log, "READ_EVENTS_MAX", page_events)
    world.store.page_events = page_events
    pages = []
    ordinary = world.store.read_stream

    async def seen(stream: str, **more: Any) -> list[RecordedEvent]:
        pages.append(await ordinary(stream, **more))
        return pages[-1]

    monkeypatch.setattr(world.store, "read_stream", seen)

    loaded = await world.api.core.desk.log.load(answer.payment)

    assert list(loaded.events) == whole
    assert (loaded.revision, len(whole)) == (facts - 1, facts)
    assert len(pages) == facts // page_events + 1  # a page that is not full is the last
    monkeypatch.undo()
    world.store.page_events = READ_EVENTS_MAX


async def test_nothing_is_read_that_is_known_already(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was just read or appended is what the next append builds on."""
    loads: list[UUID] = []
    ordinary = PaymentLog.load

    async def seen(log: PaymentLog, payment: UUID) -> Loaded:
        loads.append(payment)
        return await ordinary(log, payment)

    monkeypatch.setattr(PaymentLog, "load", seen)
    paid = await world.create()
    assert loads == []

    await world.refund(paid.payment)

    assert loads == [paid.payment]


async def test_a_payment_without_facts_is_no_payment() -> None:
    with pytest.raises(ImpossibleHistory):
        known(New())


async def test_a_payment_that_is_not_there_takes_no_command(world: World) -> None:
    nowhere = UUID(int=7)

    for command in (world.capture, world.cancel, world.refund):
        with pytest.raises(UnknownPayment, match=str(nowhere)):
            await command(nowhere)
    with pytest.raises(UnknownPayment):
        await world.carry_on(nowhere)

    assert world.store.appends == []


async def test_the_pauses_between_conflicts_are_shares_of_a_doubling_one(world: World) -> None:
    paid = await world.create()
    asked_at_s = world.now_s
    world.store.fails(RefundStarted, WrongRevision("payment-x", 3, 4))
    world.api.surroundings.chance = 0.25

    with pytest.raises(ConflictPersists):
        await world.refund(paid.payment)

    pauses = [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56]
    assert world.now_s - asked_at_s == pytest.approx(0.25 * sum(pauses))


async def test_a_log_that_hangs_holds_a_command_for_the_budget(world: World) -> None:
    paid = await world.create()
    asked_at_s = world.now_s
    world.store.hangs(RefundStarted)

    with pytest.raises(FateUnknown):
        await world.refund(paid.payment)

    assert world.now_s - asked_at_s == pytest.approx(9)


async def test_an_answer_at_the_end_of_the_budget_has_a_little_longer_to_be_recorded(
    world: World,
) -> None:
    world.given(alpha=[Turn(after_s=8.5)])
    world.store.hangs(AttemptSucceeded)

    answer = await world.create()

    assert (answer.status, answer.final) == (202, False)
    assert world.now_s == 8.5 + 0.75


async def left_to_recovery(
    world: World, failure: StoreFailure, caplog: pytest.LogCaptureFixture
) -> tuple[list[logging.LogRecord], list[str]]:
    """A refund and a payment whose outcome cannot be recorded: what is told, and their ids."""
    caplog.set_level(logging.DEBUG)
    paid = await world.create("k1")
    world.store.fails(AttemptSucceeded, failure)
    world.store.fails(RefundSucceeded, failure)

    refund = await world.refund(paid.payment)
    other = await world.create("k2")

    assert (refund.status, other.status) == (202, 202)
    view = await world.view(paid.payment)
    operation = UUID(view["refunds"][0]["id"].removeprefix("re_"))
    told = [one for one in caplog.records if "is left to recovery" in one.getMessage()]
    return told, [
        f"operation {operation} of {paid.payment} is left to recovery",
        f"payment {other.payment} is left to recovery",
    ]


async def test_what_is_left_to_recovery_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """By their ids alone: what nobody foresaw stands below, with its traceback."""
    told, expected = await left_to_recovery(world, AppendTooLarge("much"), caplog)
    assert [one.getMessage() for one in told] == expected
    assert all(one.levelno == logging.ERROR and one.exc_info for one in told)


async def test_an_outage_is_not_told_once_more_by_each_payment_in_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    told, expected = await left_to_recovery(world, StoreBusy("full"), caplog)
    assert [one.getMessage() for one in told] == [f"{one}: full" for one in expected]
    assert all(one.levelno == logging.DEBUG and not one.exc_info for one in told)
