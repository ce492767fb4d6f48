"""What stays unknown for long: looked at ever more rarely, and in the end by a person."""

from __future__ import annotations

from itertools import count, pairwise

import pytest

from domain.gateway.answers import Declined, Pending
from domain.payment.rules import TELLINGS_PER_TRY_MAX
from tests.payments.remote import CHARGED_SILENTLY, DO_NOT_HONOR, LOST, Turn
from tests.payments.world import World

DAY_S = 24 * 3600.0


async def test_the_same_look_up_is_recorded_once(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    answer = await world.create()

    await world.recover(for_s=3600)

    assert len(world.alpha.heard_of("look_up")) > 5
    assert (await world.story(answer.payment))[2:] == ["LookUpAnswered: absent"]


async def test_looking_becomes_rarer_from_5_s_to_1_h(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    await world.create()

    await world.recover(for_s=DAY_S)

    looked = world.alpha.heard_of("look_up")
    pauses = [after - before for before, after in pairwise(looked)]
    assert pauses[0] == pytest.approx(5, abs=1)
    assert pauses[1:10] == sorted(pauses[1:10])
    assert max(pauses) == pytest.approx(3600, abs=1)


async def test_a_person_is_called_after_72_hours(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    answer = await world.create()

    await world.recover(for_s=3 * DAY_S - 60)
    assert (await world.view(answer.payment))["needs_review"] is False
    await world.recover(for_s=2 * 3600)

    assert (await world.view(answer.payment))["needs_review"] is True
    assert (await world.story(answer.payment))[-1] == "ReviewRequested: unsettled_too_long"


async def test_what_is_under_review_is_still_looked_for(world: World) -> None:
    """All was down for three days, and then one look-up failed: a person was asked, and the gateway
    knows it all the same."""
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    await world.passes(3 * DAY_S)
    world.alpha.is_deaf = True
    await world.recover(by=world.start("worker-1"), for_s=2)
    assert (await world.view(answer.payment))["needs_review"] is True
    world.alpha.is_deaf = False

    await world.recover(by=world.start("worker-2"), for_s=DAY_S + 3600)

    view = await world.view(answer.payment)
    assert (view["status"], view["needs_review"]) == ("succeeded", False)


async def test_under_review_a_machine_only_looks_once_a_day(world: World) -> None:
    world.alpha.can(cancel_by_key=True)
    world.alpha.script(then=LOST)
    answer = await world.create()
    await world.passes(3 * DAY_S)
    world.alpha.is_deaf = True
    await world.recover(by=world.start("worker-1"), for_s=2)
    told, heard = await world.story(answer.payment), len(world.alpha.heard)

    await world.recover(by=world.start("worker-2"), for_s=30 * DAY_S)

    assert await world.story(answer.payment) == told
    assert {what for what, _ in world.alpha.heard[heard:]} == {"look_up"}
    assert 29 <= len(world.alpha.heard[heard:]) <= 31


async def test_what_no_gateway_can_be_asked_about_is_an_alarm_every_day(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.alpha.can(key_lifetime_s=0.0, look_up=False)
    world.given(alpha=[LOST])
    answer = await world.create()

    await world.recover(for_s=13 * DAY_S + 7200)

    assert (await world.view(answer.payment))["needs_review"] is True
    assert len(world.alpha.heard) == 1
    told = [one.message for one in caplog.records if one.message.startswith("ALARM: pay_")]
    assert len(told) == 11  # when a person was asked, and on each of ten days
    assert all(f"ALARM: pay_{answer.payment.hex} waits for a person since" in one for one in told)


async def test_what_the_gateway_is_deciding_is_only_looked_up(world: World) -> None:
    world.alpha.can(cancel_by_key=True)
    world.given(alpha=[Pending("ch_1")])
    answer = await world.create()
    worker = world.start("worker-1")

    await world.recover(by=worker, for_s=3600)

    assert {what for what, _ in world.alpha.heard[1:]} == {"look_up"}
    assert await world.story(answer.payment) == ["AttemptStarted 1 at alpha", "AttemptPending"]


@pytest.mark.parametrize(("becomes", "status"), [(DO_NOT_HONOR, "failed"), (None, "succeeded")])
async def test_a_pending_charge_becomes_final_by_a_look_up(
    world: World, becomes: Declined | None, status: str
) -> None:
    world.given(alpha=[Pending("ch_1")])
    answer = await world.create()
    world.alpha.book(world.alpha.sent[0].key, becomes or world.captured())

    await world.recover(for_s=60)

    assert (await world.view(answer.payment))["status"] == status


async def test_a_gateway_that_does_not_answer_the_look_up_is_asked_again(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    world.alpha.is_deaf = True
    await world.recover(for_s=60)
    assert (await world.view(answer.payment))["status"] == "pending_verification"
    world.alpha.is_deaf = False

    await world.recover(for_s=120)

    assert (await world.view(answer.payment))["status"] == "succeeded"


async def looked_four_times_a_second(world: World, *, for_s: float) -> list[float]:
    """As a real worker looks at its list. When it looked the gateway up."""
    worker = world.start("worker-1").worker
    for _ in range(int(4 * for_s)):
        for due in await worker.due(10):
            await worker.take_up(due)
        await world.passes(0.25)
    return world.alpha.heard_of("look_up")


async def test_that_its_owner_is_dead_hastens_nothing_that_is_pending(world: World) -> None:
    """Nobody has to take it over: the gateway is deciding."""
    world.given(alpha=[Pending("ch_1")])
    await world.create()
    world.dead.add("api-1")

    looked = await looked_four_times_a_second(world, for_s=60)

    pauses = [after - before for before, after in pairwise([0.0, *looked])]
    assert pauses == pytest.approx([5, 5, 10, 20], abs=1)


async def test_that_its_owner_is_dead_hastens_nothing_that_was_put_off(world: World) -> None:
    world.given(alpha=[Turn(stalls_s=1000.0)])
    payment = await world.dies_after(1, world.create())
    world.dead.add("api-1")
    world.api.network.lose("alpha")
    worker = world.start("worker-without-credentials")
    worker.network.lose("alpha")
    taken = []

    for _ in range(240):
        for due in await worker.worker.due(10):
            taken.append(world.now_s)
            await worker.worker.take_up(due)
        await world.passes(0.25)

    pauses = [after - before for before, after in pairwise(taken)]
    assert min(pauses) >= 5
    assert len(await world.facts(payment)) == 3


def ever_new(world: World) -> None:
    """A gateway whose reference of what is pending is another one each time."""
    numbers = count(1)

    def found(key: object, kind: str) -> Pending:
        return Pending(f"ch_{next(numbers)}")

    world.alpha.found = found  # type: ignore[method-assign]


async def test_a_reference_that_changes_at_each_look_up_hastens_nothing(world: World) -> None:
    world.given(alpha=[Pending("ch_0")])
    await world.create()
    ever_new(world)

    looked = await looked_four_times_a_second(world, for_s=600)

    pauses = [after - before for before, after in pairwise([0.0, *looked])]
    assert pauses == pytest.approx([5, 10, 20, 40, 80, 160], abs=1)


async def test_a_reference_that_changes_at_each_look_up_is_recorded_so_often_and_no_more(
    world: World,
) -> None:
    world.given(alpha=[Pending("ch_0")])
    answer = await world.create()
    ever_new(world)

    await world.recover(for_s=30 * DAY_S)

    story = await world.story(answer.payment)
    assert story.count("AttemptPending") == TELLINGS_PER_TRY_MAX
    assert len(story) == TELLINGS_PER_TRY_MAX + 2  # with its beginning, and the review
    pauses = [after - before for before, after in pairwise(world.alpha.heard_of("look_up"))]
    pauses = list(map(round, pauses))
    assert pauses == sorted(pauses)
    assert set(pauses[10:]) == {3600, DAY_S}  # a day, once a person was asked
