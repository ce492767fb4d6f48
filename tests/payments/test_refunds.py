"""Refunds: never more than was captured, whoever asks, however often, at whatever time."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from domain.gateway.answers import Captured
from domain.money import Money
from tests.payments.remote import BROKEN, BUSY, CHARGED_SILENTLY, DO_NOT_HONOR, LOST, Turn, says
from tests.payments.world import World, body_of

NO_REFUND: Final = Captured("ch_1", Money(1000, "EUR"))


async def test_all_is_given_back(world: World) -> None:
    paid = await world.create()

    refund = await world.refund(paid.payment)

    assert (refund.status, body_of(refund)["status"], body_of(refund)["amount"]) == (
        201,
        "succeeded",
        1000,
    )
    view = await world.view(paid.payment)
    assert (view["status"], view["amount_refunded"]) == ("succeeded", 1000)


async def test_several_parts_are_given_back_up_to_all(world: World) -> None:
    paid = await world.create()

    parts = [await world.refund(paid.payment, 300, key=f"r{number}") for number in range(4)]
    rest = await world.refund(paid.payment, key="rest")
    nothing = await world.refund(paid.payment, 1, key="nothing")

    assert [one.status for one in parts] == [201, 201, 201, 409]
    assert body_of(parts[3])["code"] == "refund_exceeds_captured"
    assert (rest.status, body_of(rest)["amount"], nothing.status) == (201, 100, 409)


async def test_only_what_was_captured_is_given_back(world: World) -> None:
    held = await world.create(manual=True)
    before = await world.refund(held.payment, 100, key="r1")
    await world.capture(held.payment, 400)

    too_much = await world.refund(held.payment, 401, key="r2")
    enough = await world.refund(held.payment, 400, key="r3")

    assert [one.status for one in (before, too_much, enough)] == [409, 409, 201]


async def test_an_unknown_capture_cannot_be_given_back_yet(world: World) -> None:
    world.given(alpha=[says(), LOST])
    held = await world.create(manual=True)
    await world.capture(held.payment)

    refund = await world.refund(held.payment)

    assert refund.status == 409
    assert [one.kind for one in world.alpha.sent] == ["charge", "capture"]


async def test_a_refund_waits_for_the_charge(world: World) -> None:
    world.given(alpha=[LOST])
    unknown = await world.create()

    refund = await world.refund(unknown.payment)

    assert (refund.status, body_of(refund)["code"]) == (409, "attempt_still_open")


async def test_a_failed_payment_gives_nothing_back(world: World) -> None:
    world.given(alpha=[DO_NOT_HONOR])
    declined = await world.create()

    refund = await world.refund(declined.payment)

    assert (refund.status, body_of(refund)["code"]) == (409, "not_refundable")


async def test_an_unknown_refund_counts_as_done(world: World) -> None:
    world.given(alpha=[says(), LOST])
    paid = await world.create()

    unknown = await world.refund(paid.payment, 700, key="r1")
    too_much = await world.refund(paid.payment, 400, key="r2")
    the_rest = await world.refund(paid.payment, key="r3")

    assert (unknown.status, body_of(unknown)["status"]) == (202, "unknown")
    assert too_much.status == 409
    assert (the_rest.status, body_of(the_rest)["amount"]) == (201, 300)


async def test_an_unknown_refund_is_repeated_under_its_key(world: World) -> None:
    world.given(alpha=[says(), LOST])
    paid = await world.create()
    await world.refund(paid.payment)

    await world.recover(for_s=30)

    first, second = (one for one in world.alpha.sent if one.kind == "refund")
    assert first.key == second.key
    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_an_unknown_refund_that_went_through_is_found(world: World) -> None:
    world.given(alpha=[says(), CHARGED_SILENTLY])
    paid = await world.create()
    await world.refund(paid.payment)

    await world.recover(for_s=30)

    assert (await world.story(paid.payment))[-1] == "RefundSucceeded (look_up)"


async def test_a_late_answer_of_a_refund_is_recorded(world: World) -> None:
    world.given(alpha=[says(), says(after_s=15.0)])
    paid = await world.create()
    refund = await world.refund(paid.payment)

    await world.passes(10)

    assert refund.status == 202
    assert (await world.story(paid.payment))[-1] == "RefundSucceeded (late_answer)"


async def test_a_refused_refund_frees_its_amount(world: World) -> None:
    world.given(alpha=[says(), BROKEN])
    paid = await world.create()

    refused = await world.refund(paid.payment, key="r1")
    again = await world.refund(paid.payment, key="r2")

    assert (refused.status, body_of(refused)["code"]) == (402, "refund_failed")
    assert again.status == 201


async def test_a_busy_gateway_is_asked_three_times(world: World) -> None:
    world.given(alpha=[says(), BUSY, BUSY, BUSY])
    paid = await world.create()

    refund = await world.refund(paid.payment)

    assert refund.status == 202
    keys = [one.key for one in world.alpha.sent if one.kind == "refund"]
    assert len(set(keys)) == len(keys) == 3


async def test_fifty_full_refunds_at_once_exactly_one_succeeds(world: World) -> None:
    paid = await world.create()

    answers = await asyncio.gather(
        *(world.refund(paid.payment, key=f"r{number}") for number in range(50))
    )

    assert sorted(one.status for one in answers) == [201] + [409] * 49
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]
    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_fifty_refunds_by_three_processes_stay_within_the_bound(world: World) -> None:
    """Turns hold only within one process: between them the expected revision decides."""
    processes = [world.api, world.start("api-2"), world.start("api-3")]
    paid = await world.create()

    answers = await asyncio.gather(
        *(
            world.refund(paid.payment, 300, key=f"r{number}", by=processes[number % 3])
            for number in range(50)
        ),
        return_exceptions=True,
    )

    statuses = [getattr(one, "status", type(one).__name__) for one in answers]
    assert statuses.count(201) == 3
    assert set(statuses) <= {201, 409, "ConflictPersists"}
    assert sum(one.amount for one in world.alpha.sent if one.kind == "refund") == 900


async def test_a_refund_in_hand_is_not_sent_again_by_recovery(world: World) -> None:
    """Recovery of the same process comes by while a request is sending (bug 8); the gateway would
    pay twice, for it remembers no keys."""
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[says(), LOST, says(after_s=1.0)])
    paid = await world.create()
    await world.refund(paid.payment, 100, key="r1")  # unknown: recovery has something to do
    await world.passes(5)
    refunding = world.in_background(world.refund(paid.payment, 200, key="r2"))
    await world.passes(0.5)
    world.alpha.is_deaf = True

    await world.carry_on(paid.payment)

    assert (await refunding).status == 201
    assert [one.amount for one in world.alpha.sent if one.kind == "refund"] == [100, 200]


async def test_a_refund_settled_while_somebody_looked_elsewhere_is_not_sent_again(
    world: World,
) -> None:
    """What was loaded shows the refund unsent; by the time it would be sent, it is done."""
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[says(), LOST, Turn(stalls_s=0.01, after_s=0.0)])
    paid = await world.create()
    await world.refund(paid.payment, 100, key="r1")
    await world.passes(5)
    refunding = world.in_background(world.refund(paid.payment, 200, key="r2"))
    await world.passes(0.005)  # it is on record and not yet sent
    world.alpha.is_deaf = True

    await world.api.core.carrying.look_now(paid.payment)

    assert (await refunding).status == 201
    assert [one.amount for one in world.alpha.sent if one.kind == "refund"] == [100, 200]


@pytest.mark.parametrize(
    ("heard", "reads_take_s", "learned"),
    [
        (says(after_s=1.2), 0.7, "RefundSucceeded (answer)"),
        (says(NO_REFUND, after_s=1.6), 1.0, "OutcomeUnknown: a charge as the answer to a refund"),
    ],
    ids=["still in time", "too late to send"],
)
async def test_an_old_reading_neither_sends_again_nor_takes_a_send_back(
    world: World, heard: Turn, reads_take_s: float, learned: str
) -> None:
    """What was read shows the refund unsent, and is acted on after its outcome is on record
    (found by the simulation, seed 2092757)."""
    paid = await world.create()
    world.given(alpha=[heard])
    refunding = world.in_background(world.refund(paid.payment))
    await world.passes(0.1)
    world.alpha.is_deaf = True
    world.store.reads_take_s = reads_take_s

    await world.api.core.carrying.look_now(paid.payment)

    world.store.reads_take_s = 0.0
    await refunding
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]
    told = (await world.story(paid.payment))[2:]
    assert [one for one in told if not one.startswith("LookUp")] == [
        "RefundStarted 1 at alpha",
        learned,
    ]


async def test_a_refund_that_died_with_its_process_is_carried_to_its_end(world: World) -> None:
    world.given(alpha=[says(), Turn(stalls_s=1000.0)])
    paid = await world.create()
    await world.dies_after(1, world.refund(paid.payment))

    await world.recover(by=world.start("worker-1"), for_s=60)

    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_a_refund_that_came_too_late_to_be_sent_gets_another_try(world: World) -> None:
    world.given(alpha=[says(), Turn(stalls_s=2.5)])
    paid = await world.create()

    refund = await world.refund(paid.payment)

    assert refund.status == 201
    assert (await world.story(paid.payment))[2:] == [
        "RefundStarted 1 at alpha",
        "AttemptNotSent",
        "RefundStarted 2 at alpha",
        "RefundSucceeded (answer)",
    ]
