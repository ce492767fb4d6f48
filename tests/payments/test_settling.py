"""Settling what nobody knows: each means, their order, and what each one proves."""

from __future__ import annotations

import pytest

from domain.gateway.answers import Declined
from tests.payments.remote import (
    BUSY,
    CHARGED_SILENTLY,
    LOST,
    Turn,
    says,
)
from tests.payments.world import World

DAY_S = 24 * 3600.0


async def test_a_look_up_finds_the_charge(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()

    await world.recover(for_s=10)

    assert (await world.story(answer.payment))[2:] == ["AttemptSucceeded (look_up)"]
    assert len(world.alpha.sent) == 1


async def test_a_look_up_that_finds_a_decline_without_a_reference_proves_nothing(
    world: World,
) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    answer = await world.create()
    world.alpha.book(world.alpha.sent[0].key, Declined(code="do_not_honor"))

    await world.recover(for_s=3600)

    assert (await world.view(answer.payment))["status"] == "pending_verification"


async def test_what_was_lost_is_repeated_with_the_same_key_and_bytes(world: World) -> None:
    world.given(alpha=[LOST])
    answer = await world.create()

    await world.recover(for_s=10)

    assert (await world.story(answer.payment))[2:] == [
        "LookUpAnswered: absent",
        "AttemptRepeated by api-1",
        "AttemptSucceeded (repeat)",
    ]
    first, second = world.alpha.sent
    assert first.key == second.key
    assert world.beta.sent == []


async def test_the_repeat_is_on_record_before_it_is_sent(world: World) -> None:
    world.given(alpha=[LOST])
    await world.create()

    await world.recover(for_s=10)

    assert world.store.appends[-2:] == [["AttemptRepeated"], ["AttemptSucceeded"]]


async def test_a_refused_repeat_proves_nothing(world: World) -> None:
    """The first send may still take effect: a refusal speaks of the second one only."""
    world.given(alpha=[LOST, says(BUSY), says(Declined(code="do_not_honor"))])
    answer = await world.create()

    await world.recover(for_s=40)

    story = await world.story(answer.payment)
    assert story.count("AttemptRepeated by api-1") >= 2
    assert not any(one.startswith(("AttemptFailed", "AttemptDeclined")) for one in story)


async def test_the_order_of_the_means_while_the_charge_is_wanted(world: World) -> None:
    world.alpha.can(cancel_by_key=True)
    world.given(alpha=[LOST])
    await world.create()

    await world.recover(for_s=10)

    assert [what for what, _ in world.alpha.heard] == ["charge", "look_up", "charge"]


async def test_the_order_of_the_means_once_it_is_not_wanted(world: World) -> None:
    world.alpha.can(cancel_by_key=True)
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.cancel(answer.payment)

    await world.recover(for_s=30)

    assert [what for what, _ in world.alpha.heard] == ["charge", "look_up", "cancel"]
    assert (await world.story(answer.payment))[2:] == [
        "CancelRequested",
        "LookUpAnswered: absent",
        "AttemptFailed: canceled_by_key (cancel_by_key)",
        "PaymentCanceled",
    ]


async def test_a_cancellation_by_key_may_find_that_the_charge_stands(world: World) -> None:
    world.alpha.can(cancel_by_key=True, look_up=False)
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    await world.cancel(answer.payment)

    await world.recover(for_s=30)

    assert (await world.story(answer.payment))[2:] == [
        "CancelRequested",
        "AttemptSucceeded (cancel_by_key)",
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
        "PaymentCanceled",
    ]


async def test_after_complete_by_a_charge_is_canceled_by_key_and_not_repeated(
    world: World,
) -> None:
    world.alpha.can(cancel_by_key=True)
    world.alpha.script(LOST, then=says(BUSY))
    answer = await world.create()

    await world.recover(for_s=120)

    assert (await world.story(answer.payment))[-2:] == [
        "AttemptFailed: canceled_by_key (cancel_by_key)",
        "PaymentFailed: not_charged",
    ]
    assert max(one.at_s for one in world.alpha.sent) < 60


async def test_nothing_is_repeated_after_complete_by(world: World) -> None:
    world.alpha.script(then=LOST)
    await world.create()

    await world.recover(for_s=DAY_S)

    assert max(one.at_s for one in world.alpha.sent) < 60


async def test_nothing_is_repeated_beyond_half_of_the_keys_lifetime(world: World) -> None:
    world.alpha.can(key_lifetime_s=40.0, lateness_s=5.0)
    world.alpha.script(then=LOST)
    await world.create()

    await world.recover(for_s=50)

    sent = [one.at_s for one in world.alpha.sent]
    assert len(sent) == 2
    assert max(sent) < 20


async def test_where_keys_are_not_remembered_nobody_ever_sends_again(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.alpha.script(then=LOST)
    answer = await world.create()
    worker = world.start("worker-1")

    await world.recover(by=worker, for_s=4 * DAY_S)

    assert len(world.alpha.sent) == 1
    assert (await world.view(answer.payment))["needs_review"] is True


async def test_absence_is_final_only_where_the_gateway_says_so(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0, absence_final=False)
    world.given(alpha=[LOST])
    answer = await world.create()

    await world.recover(for_s=DAY_S)

    assert (await world.view(answer.payment))["status"] == "pending_verification"


async def test_absence_is_final_after_all_lateness_and_skew_since_the_last_send(
    world: World,
) -> None:
    world.alpha.can(absence_final=True, lateness_s=100.0)
    world.alpha.script(then=LOST)
    answer = await world.create()

    await world.recover(for_s=600)

    last_sent_s = world.alpha.sent[-1].at_s
    looked_s = world.alpha.heard_of("look_up")
    assert len(world.alpha.sent) > 1
    assert (await world.story(answer.payment))[-2:] == [
        "AttemptFailed: absent (absence)",
        "PaymentFailed: not_charged",
    ]
    assert looked_s[-1] > last_sent_s + 100 + 5
    assert looked_s[-2] <= last_sent_s + 2 + 100 + 5


@pytest.mark.parametrize(("asked_s", "is_settled"), [(16.9, False), (17.1, True)])
async def test_the_moment_from_which_absence_is_final(
    world: World, asked_s: float, is_settled: bool
) -> None:
    """send_before at 2 s, lateness of 10 s, clock skew of 5 s."""
    world.alpha.can(absence_final=True, lateness_s=10.0, key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.until(world.moment(asked_s))

    await world.carry_on(answer.payment)

    assert ("PaymentFailed: not_charged" in await world.story(answer.payment)) is is_settled


async def test_absence_tells_of_the_time_of_asking_not_of_answering(world: World) -> None:
    world.alpha.can(absence_final=True, lateness_s=10.0, key_lifetime_s=0.0)
    world.alpha.look_up_takes_s = 5.0
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.until(world.moment(16))

    await world.carry_on(answer.payment)

    assert world.now_s > 20
    assert (await world.story(answer.payment))[2:] == ["LookUpAnswered: absent"]


async def test_a_charge_that_comes_while_absence_still_proves_nothing_is_found(
    world: World,
) -> None:
    world.alpha.can(absence_final=True, lateness_s=100.0, key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.recover(for_s=80)
    world.alpha.book(world.alpha.sent[0].key, world.captured())

    await world.recover(for_s=600)

    assert (await world.story(answer.payment))[-1] == "AttemptSucceeded (look_up)"


async def test_a_repeat_too_late_to_send_counts_as_none(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST, Turn(stalls_s=3.0)])
    answer = await world.create()

    await world.recover(for_s=8)

    assert (await world.story(answer.payment))[2:] == ["AttemptRepeated by api-1", "AttemptNotSent"]
    assert (await world.view(answer.payment))["status"] == "pending_verification"


async def test_a_refusal_heard_late_proves_nothing_once_it_was_repeated(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[says(BUSY, after_s=20.0), LOST])
    answer = await world.create()
    await world.recover(for_s=8)

    await world.passes(10)

    assert (await world.story(answer.payment))[2:] == ["AttemptRepeated by api-1"]


async def test_what_would_be_sent_as_other_bytes_is_not_sent(world: World) -> None:
    """The gateway would take the same key with another body for a mistake, or worse."""
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST])
    answer = await world.create()
    world.api.network.get("alpha").has_new_bytes = True

    await world.recover(for_s=3600)

    assert len(world.alpha.sent) == 1
    assert (await world.view(answer.payment))["status"] == "pending_verification"


async def test_what_is_in_flight_is_not_absent_by_a_clock_that_is_far_ahead(world: World) -> None:
    """A worker's clock jumped: all lateness has passed by it, and the refund is on its way."""
    world.alpha.can(absence_final=True, lateness_s=60.0, key_lifetime_s=0.0)
    paid = await world.create()
    world.given(alpha=[says(after_s=7.0)])
    refunding = world.in_background(world.refund(paid.payment, 600, key="r1"))
    await world.passes(1)
    booked = world.alpha.books.pop(key := world.alpha.sent[-1].key)  # not to be seen yet
    ahead = world.start("worker-1", skew_s=300.0)
    await world.carry_on(paid.payment, by=ahead)
    await world.recover(by=ahead, for_s=5)
    world.alpha.books[key] = booked

    await refunding
    await world.recover(by=ahead, for_s=60)
    again = await world.refund(paid.payment, 600, key="r2")

    assert again.status == 409
    assert sum(one.amount for one in world.alpha.sent if one.kind == "refund") == 600
