"""What is open at a gateway that left the configuration is put under review in its time, too."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import pytest

from api.cli.doctor import Findings, say_unanswered
from application.recovery.unanswered import unanswered
from domain.payment.state import Known
from tests.payments.remote import CHARGED_SILENTLY, LOST, Turn
from tests.payments.world import World

PLACE: Final = ("alpha", "acct_1", "https://alpha.example")
FOUR_DAYS_S: Final = 4 * 24 * 3600.0


@pytest.mark.parametrize("look_up", [True, False])
async def test_an_unknown_charge_at_a_gateway_that_is_gone_is_put_under_review(
    world: World, look_up: bool
) -> None:
    """It waited for a gateway that was never configured again, and nobody was ever told."""
    world.alpha.can(look_up=look_up)
    world.given(alpha=[LOST])
    unknown = await world.create()
    world.api.network.lose("alpha")

    await world.recover(for_s=70 * 3600)
    assert not (await world.view(unknown.payment))["needs_review"]
    await world.recover(for_s=FOUR_DAYS_S)

    assert (await world.story(unknown.payment))[-1] == "ReviewRequested: unsettled_too_long"
    view = await world.view(unknown.payment)
    assert (view["status"], view["needs_review"]) == ("pending_verification", True)


async def test_an_unknown_refund_at_a_gateway_that_is_gone_is_put_under_review(
    world: World,
) -> None:
    paid = await world.create()
    world.given(alpha=[LOST])
    await world.refund(paid.payment)
    world.api.network.lose("alpha")

    await world.recover(for_s=FOUR_DAYS_S)

    assert (await world.story(paid.payment))[-1] == "ReviewRequested: unsettled_too_long"
    assert (await world.view(paid.payment))["needs_review"]


async def test_the_review_ends_when_the_gateway_is_back_and_tells(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    line = world.api.network.get("alpha")
    world.api.network.lose("alpha")
    await world.recover(for_s=FOUR_DAYS_S)

    world.api.network.find(line)
    await world.recover(for_s=25 * 3600)

    view = await world.view(unknown.payment)
    assert (view["status"], view["needs_review"]) == ("succeeded", False)


async def test_what_must_be_given_back_at_a_gateway_that_is_gone_is_a_persons_in_its_time(
    world: World,
) -> None:
    world.alpha.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[Turn(after_s=25.0, takes_effect=False)])
    late = await world.create()
    await world.recover(for_s=10)
    assert (await world.view(late.payment))["status"] == "failed"
    line = world.api.network.get("alpha")
    world.api.network.lose("alpha")
    await world.passes(20)  # its charge stands after all

    await world.recover(for_s=70 * 3600)
    assert (await world.view(late.payment))["needs_review"]  # it stands, and nobody asked for it
    assert (await world.story(late.payment))[-1] == "LateSuccessObserved (late_answer)"
    await world.recover(for_s=FOUR_DAYS_S)
    assert (await world.story(late.payment))[-1] == "ReviewRequested: gateway_not_configured"
    assert (await world.view(late.payment))["needs_review"]

    world.api.network.find(line)
    await world.recover(for_s=25 * 3600)
    assert (await world.story(late.payment))[-1] == "CompensationSucceeded (answer)"
    assert not (await world.view(late.payment))["needs_review"]


async def test_what_is_open_where_no_entry_answers_is_named(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.given(alpha=[LOST])
    unknown = await world.create()
    held = await world.create("k2", manual=True)
    await world.create("k3")  # is over
    log, gateways = world.api.core.desk.log, world.api.network

    async def load(payment: UUID) -> Known:
        return (await log.load(payment)).payment

    assert await unanswered(world.work, load, gateways) == {}
    gateways.lose("alpha")
    found = await unanswered(world.work, load, gateways)
    assert found == {PLACE: [unknown.payment, held.payment]}

    findings = Findings()
    say_unanswered(findings, found)
    assert findings.wrong == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "gateway alpha, account acct_1, at https://alpha.example" in said
    assert "2 payments open" in said
