"""Money that stands at a gateway although nobody wants it, and that was not given back."""

from __future__ import annotations

from domain.payment.attempt import Attempt
from domain.payment.state import Facts


def kept_unwanted(facts: Facts, charge: Attempt) -> bool:
    """Of a try of the charge; anything else is never kept."""
    stray = any(one.key == charge.key for one in facts.strays)
    canceled = facts.unwanted and charge.kind == "charge" and charge.stands
    return (stray or canceled) and not any(
        one.kind == "compensation" and one.state == "succeeded" and one.charge_key == charge.key
        for one in facts.operations.values()
    )
