"""The first start of the embedded mode makes two merchants; their keys are shown this once."""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.event_store.postgres.store import EmbeddedEventStore
from api.composition.installation import begun
from api.composition.merchants import merchants_over
from domain.merchant.rules import MerchantExists

FIRST: Final = (("acme", "Acme Stores"), ("globex", "Globex Travel"))
ACTOR: Final = "first-start"


async def begin_format(dsn: str) -> None:
    """Opens a new data folder at the newest format. Raises FormatTooHigh, StoreFailure."""
    store = await EmbeddedEventStore.connect(dsn)
    try:
        await begun(store)
    finally:
        await store.aclose()


def first_merchants(dsn: str) -> list[tuple[str, str]]:
    """(merchant, API key) of those made by this call: two at the first start, none later."""
    return asyncio.run(_make(dsn))


async def _make(dsn: str) -> list[tuple[str, str]]:
    store = await EmbeddedEventStore.connect(dsn)
    try:
        merchants = merchants_over(store, await begun(store))
        made = []
        for merchant, name in FIRST:
            try:
                await merchants.register(merchant, name=name, actor=ACTOR)
            except MerchantExists:
                continue
            made.append((merchant, (await merchants.issue_key(merchant, actor=ACTOR)).text))
        return made
    finally:
        await store.aclose()
