"""A charge that stands, of which the gateway does not say how much."""

from __future__ import annotations

from typing import Any

from domain.gateway.answers import Captured, Unclear
from domain.money import Money
from tests.payments.remote import Turn
from tests.payments.world import World


async def test_a_charge_of_which_nobody_knows_how_much_asks_a_person_and_no_other_gateway(
    world: World,
) -> None:
    unclear = Unclear(reference="ch_1", what="amount_unreadable")
    world.given(alpha=[Turn(answer=unclear)])

    answer = await world.create()

    assert (answer.status, world.beta.sent) == (202, [])
    view = await world.view(answer.payment)
    assert (view["status"], view["needs_review"]) == ("processing", True)
    world.alpha.book(world.alpha.sent[0].key, Captured("ch_1", view_amount(view)))

    await world.recover(for_s=25 * 3600)  # under review it is looked at once a day

    after = await world.view(answer.payment)
    assert (after["status"], after["needs_review"]) == ("succeeded", False)
    assert len(world.alpha.sent) == 1


def view_amount(view: dict[str, Any]) -> Money:
    return Money(view["amount"], view["currency"])
