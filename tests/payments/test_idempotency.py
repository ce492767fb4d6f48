"""One key, one effect, one answer: for twins, for repeats, for whoever else uses the key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from api.http.problems import TABLE
from application.payments import idempotency
from application.payments.answers import Answer
from application.payments.change import TooManyRefusals
from application.payments.idempotency import InProgress, KeyReused, TooManyWaiters
from application.payments.log import UnknownPayment
from application.ports.event_store import StoreBusy
from domain.canonical import derived_id
from domain.payment.events import PaymentInitiated
from domain.payment.rules import REFUSALS_PER_PAYMENT_MAX
from tests.payments.remote import BROKEN, BUSY, DO_NOT_HONOR, LOST, Turn, says
from tests.payments.world import World, body_of

Command = Callable[[World], Awaitable[Answer]]


async def _paid(world: World) -> Answer:
    return await world.create()


async def _declined(world: World) -> Answer:
    world.given(alpha=[DO_NOT_HONOR])
    return await world.create()


async def _unknown(world: World) -> Answer:
    world.given(alpha=[LOST])
    return await world.create()


async def _captured(world: World) -> Answer:
    return await world.capture((await world.create(manual=True)).payment, 300)


async def _canceled(world: World) -> Answer:
    return await world.cancel((await world.create(manual=True)).payment)


async def _refunded(world: World) -> Answer:
    return await world.refund((await world.create()).payment, 300)


async def _refund_failed(world: World) -> Answer:
    world.given(alpha=[says(), BROKEN])
    return await world.refund((await world.create()).payment)


async def _refused(world: World) -> Answer:
    return await world.refund((await world.create()).payment, 5000)


COMMANDS: Final = {
    "create": _paid,
    "declined": _declined,
    "unknown": _unknown,
    "capture": _captured,
    "cancel": _canceled,
    "refund": _refunded,
    "refund_failed": _refund_failed,
    "refused": _refused,
}


@pytest.mark.parametrize("cache", ["kept", "emptied", "away", "another process"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
async def test_a_repeat_gets_the_same_bytes_and_moves_nothing(
    world: World, command: Command, cache: str
) -> None:
    first = await command(world)
    head, sent = await world.store.head(), len(world.alpha.sent)
    await world.passes(3600)
    if cache == "emptied":
        world.hot.forget()
    world.hot.is_away = cache == "away"
    if cache == "another process":
        world.hot.forget()
        world.api = world.start("api-2")

    again = await command(world)

    assert (again.status, again.body, again.content_type) == (
        first.status,
        first.body,
        first.content_type,
    )
    assert (again.replayed, again.payment, again.revision) == (True, first.payment, first.revision)
    assert len(world.alpha.sent) == sent
    assert await world.store.head() == head


async def test_what_happened_since_does_not_change_the_answer_of_a_key(world: World) -> None:
    held = await world.create(manual=True)
    await world.capture(held.payment)
    await world.refund(held.payment)
    world.hot.forget()

    again = await world.create(manual=True)

    assert again.body == held.body
    assert body_of(again)["status"] == "requires_capture"


@pytest.mark.parametrize("is_away", [False, True])
async def test_two_hundred_twins_make_one_payment_and_one_charge(
    world: World, is_away: bool
) -> None:
    world.hot.is_away = is_away
    world.given(alpha=[says(after_s=0.8)])

    answers = await asyncio.gather(*(world.create() for _ in range(200)))

    assert {(one.status, one.body) for one in answers} == {(201, answers[0].body)}
    assert sum(one.replayed for one in answers) == 199
    assert (len(await world.payments()), len(world.alpha.sent)) == (1, 1)


async def test_twins_at_several_processes_make_one_payment_and_one_charge(world: World) -> None:
    world.hot.is_away = True
    processes = [world.api, world.start("api-2"), world.start("api-3")]
    world.given(alpha=[BUSY], beta=[says(after_s=0.8)])

    answers = await asyncio.gather(
        *(world.create(by=processes[number % 3]) for number in range(60))
    )

    assert len({one.body for one in answers}) == 1
    assert (len(world.alpha.sent), len(world.beta.sent)) == (1, 1)


@pytest.mark.parametrize("is_away", [False, True])
async def test_twins_of_a_refund_move_money_once(world: World, is_away: bool) -> None:
    paid = await world.create()
    world.hot.is_away = is_away
    world.given(alpha=[says(after_s=0.8)])

    answers = await asyncio.gather(*(world.refund(paid.payment, 300) for _ in range(50)))

    assert {(one.status, one.body) for one in answers} == {(201, answers[0].body)}
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]


@pytest.mark.parametrize("is_away", [False, True])
async def test_another_body_under_the_key_is_refused(world: World, is_away: bool) -> None:
    paid = await world.create()
    await world.refund(paid.payment, 300)
    world.hot.is_away = is_away

    with pytest.raises(KeyReused):
        await world.create(amount=999)
    with pytest.raises(KeyReused):
        await world.refund(paid.payment, 301)

    assert TABLE[KeyReused].status == 422
    assert len(world.alpha.sent) == 2


async def test_another_body_beside_a_running_twin_is_refused_when_that_is_done(
    world: World,
) -> None:
    world.given(alpha=[says(after_s=2.0)])
    creating = world.in_background(world.create())
    await world.passes(1)

    with pytest.raises(KeyReused):
        await world.create(amount=999)

    assert (await creating).status == 201


@pytest.mark.parametrize("is_away", [False, True])
async def test_a_twin_waits_for_the_budget_and_is_then_told_to_come_again(
    world: World, is_away: bool
) -> None:
    world.hot.is_away = is_away
    world.given(alpha=[Turn(stalls_s=20.0)])
    creating = world.in_background(world.create())
    await world.passes(1)

    with pytest.raises(InProgress):
        await world.create()

    assert world.now_s == pytest.approx(10, abs=0.2)
    assert (TABLE[InProgress].status, TABLE[InProgress].retry_after_s) == (409, 1)
    assert (await creating).status == 402  # too late to send, and no time for another


async def test_when_the_first_of_twins_fails_the_next_one_does_the_work(world: World) -> None:
    world.store.fails(PaymentInitiated, StoreBusy("full"), times=1)

    first, second = await asyncio.gather(world.create(), world.create(), return_exceptions=True)

    assert isinstance(first, StoreBusy)
    assert isinstance(second, Answer)
    assert second.status == 201
    assert len(world.alpha.sent) == 1


async def test_the_mark_of_a_dead_process_runs_out(world: World) -> None:
    """It died before anything was recorded: budget plus 5 s later a repeat does the work."""
    command = derived_id("alma", "POST", "/v1/payments", "k1")
    await world.hot.begin(command, running_ttl_s=9 + 5)

    with pytest.raises(InProgress):
        await world.create()
    assert world.now_s == pytest.approx(9)
    await world.passes(5)

    assert (await world.create()).status == 201


@pytest.mark.parametrize("is_away", [False, True])
async def test_so_many_twins_wait_and_one_more_is_refused(
    world: World, is_away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert idempotency.WAITERS_PER_MERCHANT_MAX == 1_000
    monkeypatch.setattr(idempotency, "WAITERS_PER_MERCHANT_MAX", 20)
    world.hot.is_away = is_away
    world.given(alpha=[says(after_s=0.5)])

    answers = await asyncio.gather(*(world.create() for _ in range(22)), return_exceptions=True)

    assert sum(isinstance(one, TooManyWaiters) for one in answers) == 1
    assert sum(isinstance(one, Answer) for one in answers) == 21
    assert TABLE[TooManyWaiters].status == 429


async def test_the_same_key_of_two_merchants_is_two_payments(world: World) -> None:
    alma = await world.create(merchant="alma")
    basil = await world.create(merchant="basil")

    assert alma.payment != basil.payment
    assert len(world.alpha.sent) == 2


@pytest.mark.parametrize("is_away", [False, True])
async def test_another_merchants_payment_is_not_there(world: World, is_away: bool) -> None:
    world.hot.is_away = is_away
    held = await world.create(manual=True)
    before = len(world.store.appends)

    for command in (world.capture, world.cancel, world.refund):
        with pytest.raises(UnknownPayment):
            await command(held.payment, merchant="basil")

    assert TABLE[UnknownPayment].status == 404
    assert len(world.store.appends) == before


async def test_one_key_on_two_payments_is_two_commands(world: World) -> None:
    first, second = await world.create("k1"), await world.create("k2")

    refunds = [await world.refund(one.payment, 300, key="r1") for one in (first, second)]

    assert [one.status for one in refunds] == [201, 201]
    assert body_of(refunds[0])["id"] != body_of(refunds[1])["id"]


async def test_a_refused_command_moves_nothing_later(world: World) -> None:
    """The refund was refused while the charge was open; later it would be possible."""
    world.given(alpha=[says(after_s=12.0)])
    unknown = await world.create()
    refused = await world.refund(unknown.payment)
    await world.passes(10)
    assert (await world.view(unknown.payment))["status"] == "succeeded"
    world.hot.forget()

    again = await world.refund(unknown.payment)

    assert (again.status, again.body) == (409, refused.body)
    assert [one.kind for one in world.alpha.sent] == ["charge"]


async def test_a_hundred_refusals_are_recorded_and_no_more(world: World) -> None:
    paid = await world.create()
    for number in range(REFUSALS_PER_PAYMENT_MAX):
        refused = await world.refund(paid.payment, 5000, key=f"r{number}")
        assert refused.status == 409
    before = len(world.store.appends)

    with pytest.raises(TooManyRefusals):
        await world.refund(paid.payment, 5000, key="one more")

    assert (TABLE[TooManyRefusals].status, REFUSALS_PER_PAYMENT_MAX) == (429, 100)
    assert len(world.store.appends) == before
    assert (await world.refund(paid.payment, key="a possible one")).status == 201
