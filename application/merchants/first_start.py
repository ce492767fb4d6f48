"""The first start of the embedded mode makes two merchants; their keys are shown this once."""

from __future__ import annotations

from typing import Final

from application.merchants.register import Merchants
from domain.merchant.rules import MerchantExists

FIRST: Final = (("acme", "Acme Stores"), ("globex", "Globex Travel"))
ACTOR: Final = "first-start"


async def make_first(merchants: Merchants) -> list[tuple[str, str]]:
    """(merchant, API key) of those made by this call: two at the first start, none later. Raises
    as Merchants does."""
    made = []
    for merchant, name in FIRST:
        try:
            await merchants.register(merchant, name=name, actor=ACTOR)
        except MerchantExists:
            continue
        made.append((merchant, (await merchants.issue_key(merchant, actor=ACTOR)).text))
    return made
