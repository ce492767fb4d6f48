"""Nothing goes on by itself for ever: what no machine can end is an open review, looked at once a
day, said aloud, and tried once more when its gateway gives notice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from api.cli.doctor import Findings, say_waiting
from application.payments.answers import Answer
from domain.payment.duties import open_duties
from domain.payment.rules import FOLLOW_UP_TRIES_MAX, WOKEN_TRIES_MAX
from tests.payments.remote import BUSY, CHARGED_SILENTLY, LOST
from tests.payments.world import World

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NEVER = [BUSY] * 3_000


async def expiring(world: World) -> Answer:
    """Held for an hour, and no void of it is ever taken."""
    world.alpha.can(authorization_lifetime_s=HOUR_S)
    held = await world.create(manual=True)
    world.given(alpha=NEVER)
    return held


async def compensating(world: World) -> Answer:
    """Canceled while it was unknown, found held, and no void of it is ever taken."""
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create(manual=True)
    await world.cancel(unknown.payment)
    world.given(alpha=NEVER)
    return unknown


@pytest.mark.parametrize("begin", [expiring, compensating])
async def test_a_gateway_that_refuses_every_void_is_asked_so_often_and_no_more(
    world: World, begin: Callable[[World], Awaitable[Answer]], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await begin(world)

    await world.recover(for_s=60 * DAY_S)

    asked_s = world.alpha.heard_of("void")
    assert len(asked_s) == FOLLOW_UP_TRIES_MAX
    pauses_s = [after - before for before, after in pairwise(asked_s)]
    in_days = [one for one in pauses_s if one > 2 * HOUR_S]
    assert in_days == pytest.approx([DAY_S] * len(in_days), abs=HOUR_S + 60)
    assert sum(pauses_s[: len(pauses_s) - len(in_days)]) <= 73 * HOUR_S
    assert (await world.view(answer.payment))["needs_review"] is True
    told = [one.message for one in caplog.records if one.message.startswith("ALARM: pay_")]
    assert 55 <= len(told) <= 60
    assert await world.work.next_at() is not None  # never silence
    story = await world.story(answer.payment)
    assert story.count("ReviewRequested: refused_too_long") == 1


async def test_it_is_done_on_its_own_when_the_gateway_takes_it_within_its_tries(
    world: World,
) -> None:
    held = await expiring(world)
    await world.recover(for_s=5 * DAY_S)
    assert (await world.view(held.payment))["needs_review"] is True

    world.given(alpha=[])
    await world.recover(for_s=DAY_S + HOUR_S)

    view = await world.view(held.payment)
    assert (view["status"], view["needs_review"]) == ("expired", False)


async def test_a_notice_wakes_it_however_often_it_was_refused(world: World) -> None:
    held = await expiring(world)
    await world.recover(for_s=60 * DAY_S)
    assert len(world.alpha.heard_of("void")) == FOLLOW_UP_TRIES_MAX

    world.given(alpha=[])
    await world.api.core.carrying.look_now(held.payment, gateway="beta")
    assert len(world.alpha.heard_of("void")) == FOLLOW_UP_TRIES_MAX
    await world.api.core.carrying.look_now(held.payment, gateway="alpha")

    view = await world.view(held.payment)
    assert (view["status"], view["needs_review"]) == ("expired", False)


async def test_a_flood_of_notices_wakes_it_once_an_hour_and_not_for_ever(world: World) -> None:
    held = await expiring(world)
    await world.recover(for_s=60 * DAY_S)

    for _ in range(2 * WOKEN_TRIES_MAX):
        await world.api.core.carrying.look_now(held.payment, gateway="alpha")
        await world.api.core.carrying.look_now(held.payment, gateway="alpha")
        await world.passes(HOUR_S + 1)

    assert len(world.alpha.heard_of("void")) == FOLLOW_UP_TRIES_MAX + WOKEN_TRIES_MAX


async def test_what_was_deferred_and_once_unknown_has_its_end_too(world: World) -> None:
    world.alpha.can(look_up=False)
    paid = await world.create()
    world.given(alpha=[BUSY, LOST, *NEVER])
    await world.refund(paid.payment)

    await world.recover(for_s=120 * DAY_S)

    assert len(world.alpha.heard_of("refund")) <= FOLLOW_UP_TRIES_MAX
    view = await world.view(paid.payment)
    assert (view["refunds"][0]["status"] in ("pending", "unknown"), view["needs_review"]) == (
        True,
        True,
    )


async def test_doctor_names_what_waits_for_a_person(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    held = await expiring(world)
    loaded = await world.api.core.desk.log.load(held.payment)
    assert open_duties(loaded.payment) == []
    await world.recover(for_s=5 * DAY_S)
    loaded = await world.api.core.desk.log.load(held.payment)
    (duty,) = open_duties(loaded.payment)
    assert duty.reason == "refused_too_long"

    findings = Findings()
    say_waiting(findings, [held.payment])
    say_waiting(findings, [])
    assert findings.wrong == 1
    said = " ".join(capsys.readouterr().out.split())
    assert f"1 payments wait for a person, the first pay_{held.payment.hex}" in said
