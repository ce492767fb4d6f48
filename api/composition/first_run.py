"""What the parent of the embedded mode does to the log before its children: opens it, and makes the
first merchants."""

from __future__ import annotations

import asyncio

from adapters.event_store.postgres.store import EmbeddedEventStore
from api.composition.installation import begun
from api.composition.merchants import merchants_over
from application.merchants.first_start import make_first


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
        return await make_first(merchants_over(store, await begun(store)))
    finally:
        await store.aclose()
