"""The worker: one payment at a time per lock, ever more rarely, and no payment holds up another."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

import pytest

from application.ports.event_store import StoreBusy, StoreUnavailable
from domain.chain import FIRST, Metadata
from domain.due import DueStream
from domain.gateway.answers import Pending
from domain.log import NO_STREAM, NewEvent
from domain.payment.events import AttemptRepeated
from tests.payments.remote import BROKEN, CHARGED_SILENTLY, LOST, OK, Turn, says
from tests.payments.world import World

SOMETHING = UUID(int=7)


async def unknown_payment(world: World, key: str = "k1") -> DueStream:
    """A payment of unknown outcome, as the work list has it once it is due."""
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create(key)
    await world.passes(5)
    due = await world.api.worker.due(10)
    return next(one for one in due if one.stream == f"payment-{answer.payment}")


async def put_in(world: World, stream: str, type_: str, data: bytes) -> None:
    """Something that a broken program wrote; it is due at once."""
    metadata = Metadata(
        correlation=SOMETHING,
        causation=SOMETHING,
        actor="nobody",
        version=1,
        merchant="alma",
        owner=None,
        recover_after=world.moment(0),
        previous=FIRST,
    )
    event = NewEvent(id=SOMETHING, type=type_, data=data, metadata=metadata.encode())
    await world.store.append(stream, NO_STREAM, [event])


async def test_a_payment_that_somebody_else_has_in_hand_is_left_alone(world: World) -> None:
    due = await unknown_payment(world)
    lock = await world.hot.lock(f"recover:{due.stream}", ttl_s=60)
    assert lock is not None

    assert await world.api.worker.take_up(due) is False
    assert world.alpha.heard_of("look_up") == []
    assert await world.api.worker.due(10) == []  # others are not to stand behind it
    await world.passes(3)
    assert len(await world.api.worker.due(10)) == 1

    await world.hot.unlock(lock)
    assert await world.api.worker.take_up(due) is True


async def test_the_lock_is_given_back_whatever_happens(world: World) -> None:
    due = await unknown_payment(world)
    world.store.reads_fail = StoreUnavailable("no answer")

    assert await world.api.worker.take_up(due) is False

    assert await world.hot.lock(f"recover:{due.stream}", ttl_s=60) is not None


async def test_without_the_cache_the_work_goes_on(world: World) -> None:
    due = await unknown_payment(world)
    world.hot.is_away = True

    assert await world.api.worker.take_up(due) is True


async def test_workers_without_locks_charge_once(world: World) -> None:
    world.hot.is_away = True
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.passes(30)
    workers = [world.start(f"worker-{number}").worker for number in range(4)]
    (due,) = await workers[0].due(10)

    await asyncio.gather(*(one.take_up(due) for one in workers))

    assert len(world.alpha.sent) == 2  # the lost one, and one repeat
    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_what_cannot_be_settled_is_put_off_ever_longer(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0, look_up=False)
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.passes(40)
    waits = []

    for _ in range(12):
        (due,) = await world.api.worker.due(10)
        before = world.api.surroundings.now()
        await world.api.worker.take_up(due)
        until, tries = world.work.deferred[due.stream, due.revision]
        assert tries == due.tries + 1
        waits.append((until - before).total_seconds())
        await world.until(until)

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert (await world.view(answer.payment))["status"] == "pending_verification"


@pytest.mark.parametrize(
    ("at_s", "tries", "until_s"),
    [
        (20, 0, 25),  # the ordinary pause is over before the owner is presumed gone
        (20, 12, 37),  # not longer than until then
        (36, 12, 41),  # but never sooner than after 5 s
    ],
)
async def test_a_payment_whose_owner_may_be_alive_is_put_off_until_it_may_not(
    world: World, at_s: float, tries: int, until_s: float
) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST])
    await world.create()
    worker = world.start("worker-1").worker
    await world.until(world.moment(at_s))
    (due,) = await worker.due(10)

    await worker.take_up(replace(due, tries=tries))

    until, _ = world.work.deferred[due.stream, due.revision]
    assert until == world.moment(until_s)


async def test_something_new_on_record_starts_the_back_off_anew(world: World) -> None:
    due = await unknown_payment(world)

    assert await world.api.worker.take_up(due) is True

    assert world.work.deferred == {}


@pytest.mark.parametrize(
    ("stream", "type_", "data"),
    [
        ("payment-00000000-0000-0000-0000-000000000001", "PaymentInitiated", b"{not json"),
        ("payment-00000000-0000-0000-0000-000000000002", "NeverHeardOf", b"{}"),
        ("payment-not-a-uuid", "PaymentInitiated", b"{}"),
    ],
)
async def test_a_poisoned_payment_does_not_hold_up_the_others(
    world: World, caplog: pytest.LogCaptureFixture, stream: str, type_: str, data: bytes
) -> None:
    healthy = await unknown_payment(world)
    await put_in(world, stream, type_, data)
    world.poisoned.add(stream)

    due = await world.api.worker.due(10)
    taken = [await world.api.worker.take_up(one) for one in due]

    assert [one.stream for one in due] == [stream, healthy.stream]
    assert taken == [False, True]
    assert (stream, 0) in world.work.deferred
    assert any(one.levelno >= logging.ERROR and stream in one.getMessage()
               for one in caplog.records)  # fmt: skip


async def test_a_gateway_without_credentials_is_waited_for(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    world.api.network.lose("alpha")
    await world.recover(for_s=600)
    assert (await world.view(answer.payment))["status"] == "pending_verification"

    await world.recover(by=world.start("worker-with-credentials"), for_s=3600)

    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_a_late_success_at_a_gateway_without_credentials_is_given_back_later(
    world: World,
) -> None:
    world.alpha.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[Turn(after_s=25.0, takes_effect=False)])
    answer = await world.create()
    await world.recover(for_s=10)
    world.api.network.lose("alpha")
    await world.recover(for_s=600)
    assert (await world.story(answer.payment))[-1] == "LateSuccessObserved (late_answer)"

    await world.recover(by=world.start("worker-with-credentials"), for_s=3600)

    assert (await world.story(answer.payment))[-1] == "CompensationSucceeded (answer)"


async def test_a_store_that_is_busy_puts_the_payment_off_and_loses_nothing(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST])
    answer = await world.create()
    world.store.fails(AttemptRepeated, StoreBusy("full"), times=2)

    await world.recover(for_s=60)

    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_what_is_over_is_on_nobodys_list(world: World) -> None:
    paid = await world.create("k1")
    await world.refund(paid.payment)
    held = await world.create("k2", manual=True)
    await world.cancel(held.payment)
    world.given(alpha=[says(after_s=0.1)])
    await world.create("k3", manual=True)  # may expire one day

    assert await world.api.worker.due(10) == []
    (only,) = await world.work.due(world.moment(8 * 24 * 3600), 10)
    assert only.owner is None


async def test_an_orphan_is_worked_on_before_its_time_only_when_its_owner_is_dead(
    world: World,
) -> None:
    world.given(alpha=[Turn(stalls_s=1000.0)])
    await world.dies_after(1, world.create())
    worker = world.start("worker-1").worker

    assert await worker.due(10) == []
    world.dead.add("somebody else")
    assert await worker.due(10) == []
    world.dead.add("api-1")
    assert len(await worker.due(10)) == 1


async def test_a_gateway_that_is_gone_holds_up_nothing_else(world: World) -> None:
    """Alpha charged after all and keeps silent about giving it back; then its credentials go."""
    world.given(alpha=[BROKEN, CHARGED_SILENTLY], beta=[OK, CHARGED_SILENTLY])
    paid = await world.create()
    world.alpha.book(world.alpha.sent[0].key, world.captured())
    await world.api.core.carrying.look_now(paid.payment)
    refund = await world.refund(paid.payment, 600)
    world.api.network.lose("alpha")

    await world.recover(for_s=600)

    assert refund.status == 202
    assert (await world.story(paid.payment))[-1] == "RefundSucceeded (look_up)"


async def test_a_hint_looks_beyond_a_gateway_that_is_gone(world: World) -> None:
    world.given(alpha=[BROKEN], beta=[Pending("ch_1")])
    paid = await world.create()
    world.beta.books[world.beta.sent[0].key] = world.captured("ch_1")
    world.api.network.lose("alpha")

    await world.api.core.carrying.look_now(paid.payment)

    assert (await world.view(paid.payment))["status"] == "succeeded"


async def test_what_is_overdue_at_a_gateway_that_is_gone_hastens_nothing_else(world: World) -> None:
    world.beta.can(look_up=False)
    world.given(alpha=[BROKEN, CHARGED_SILENTLY], beta=[OK])
    paid = await world.create()
    world.alpha.book(world.alpha.sent[0].key, world.captured())
    await world.api.core.carrying.look_now(paid.payment)
    world.beta.script(then=LOST)
    await world.refund(paid.payment, 600)
    world.api.network.lose("alpha")

    await world.recover(for_s=600)

    sent = [one.at_s for one in world.beta.sent if one.kind == "refund"]
    pauses = [after - before for before, after in pairwise(sent)]
    assert min(pauses) >= 5
    assert len(sent) < 10
