"""Facts and streams for the contract suite. Never names twice: a store may outlive the test."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar
from uuid import uuid4

from application.ports.event_store import EventStore, WrongRevision
from domain.log import Delivery, NewEvent, RecordedEvent

PATIENCE_S = 60.0
T = TypeVar("T")


def fact(number: int = 0, *, data: bytes | None = None, kind: str = "FactNoted") -> NewEvent:
    """One event with an id of its own."""
    body = b'{"number": %d}' % number if data is None else data
    return NewEvent(id=uuid4(), type=kind, data=body, metadata=b'{"actor": "contract"}')


def facts(count: int) -> list[NewEvent]:
    """`count` different events."""
    return [fact(number) for number in range(count)]


def new_stream(category: str = "payment") -> str:
    """A stream that does not exist."""
    return f"{category}-{uuid4()}"


def ids(events: list[NewEvent] | list[RecordedEvent]) -> list[str]:
    """What tells events apart."""
    return [str(event.id) for event in events]


def only_events(deliveries: list[Delivery]) -> list[RecordedEvent]:
    """What a subscription delivered, without its marks."""
    return [delivery for delivery in deliveries if isinstance(delivery, RecordedEvent)]


async def soon(awaited: Awaitable[T]) -> T:
    """Wait, bounded, so that a lost answer fails a test instead of hanging it."""
    async with asyncio.timeout(PATIENCE_S):
        return await awaited


async def until_stored(store: EventStore, stream: str, count: int) -> list[RecordedEvent]:
    """Wait until the stream holds `count` events."""
    async with asyncio.timeout(PATIENCE_S):
        found = await store.read_stream(stream)
        # The port tells nobody when a single stream has grown.
        while len(found) < count:
            await asyncio.sleep(0.01)
            found = await store.read_stream(stream)
    return found


async def append_whatever_comes(store: EventStore, stream: str, event: NewEvent) -> None:
    """Append at the end of the stream, however many others do so: read, try, read again."""
    while True:
        last = await store.read_stream(stream, backwards=True, limit=1)
        try:
            await store.append(stream, last[0].revision if last else -1, [event])
        except WrongRevision:
            continue
        return
