"""Bugs of the shares: a gateway that hangs keeps the payments of healthy ones waiting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.due import DueStream
from domain.payment.state import Known
from tests.simulation.sabotage.planting import plants

HANGS: Final = {"gateway_hangs": 1.0}


@plants("application.recovery.shares:next_up", "no_gateway_waits_for_another", weather=HANGS)
def share_left_out(
    listed: Iterable[DueStream], in_hand: Iterable[DueStream], *, share: int
) -> list[DueStream]:
    """Has so many in hand at a time, whichever gateway they wait for."""
    held = {one.stream for one in in_hand}
    return [one for one in listed if one.stream not in held][: max(0, share - len(held))]


@plants("domain.payment.places:waits_for", "no_gateway_waits_for_another", weather=HANGS)
def nobody_says_who_is_waited_for(payment: Known) -> str | None:
    """Writes down no gateway: all payments share one share."""
    return None
