"""Subscriptions: the whole log without gap or duplicate, from the past into what is written now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import cast

import pytest

from application.ports.event_store import EventStore
from domain.log import NO_STREAM, CaughtUp, Delivery, Position, RecordedEvent
from tests.event_store.builders import facts, ids, new_stream, only_events, soon
from tests.event_store.contract_store import StoreUnderTest


async def follow(store: EventStore, after: Position, *, events: int) -> list[Delivery]:
    """Everything that a subscription delivers up to the given number of events."""
    deliveries: list[Delivery] = []
    async with subscribed(store, after) as subscription:
        async for delivery in subscription:
            deliveries.append(delivery)
            events -= isinstance(delivery, RecordedEvent)
            if events == 0:
                break
    return deliveries


@asynccontextmanager
async def subscribed(store: EventStore, after: Position) -> AsyncIterator[AsyncIterator[Delivery]]:
    generator = store.subscribe(after=after)
    assert hasattr(generator, "aclose")
    async with aclosing(cast("_Closable", generator)):
        yield generator


class _Closable(AsyncIterator[Delivery]):
    async def aclose(self) -> None: ...


async def until_caught_up(subscription: AsyncIterator[Delivery]) -> list[Delivery]:
    deliveries: list[Delivery] = []
    async for delivery in subscription:
        if isinstance(delivery, CaughtUp):
            break
        deliveries.append(delivery)
    return deliveries


class SubscriptionContract(StoreUnderTest):
    async def test_the_past_then_caught_up_then_live(self, store: EventStore) -> None:
        head = await store.head()
        past, live = facts(5), facts(3)
        stream = new_stream()
        await store.append(stream, NO_STREAM, past)
        async with subscribed(store, head) as subscription:
            seen = only_events(await soon(until_caught_up(subscription)))
            assert ids(seen) == ids(past)
            await store.append(stream, 4, live)
            for expected in live:
                delivery = await soon(anext(subscription))
                while not isinstance(delivery, RecordedEvent):
                    delivery = await soon(anext(subscription))
                assert delivery.id == expected.id
                seen.append(delivery)
        assert seen == await store.read_all(after=head)

    async def test_caught_up_comes_at_once_when_nothing_is_missed(self, store: EventStore) -> None:
        await store.append(new_stream(), NO_STREAM, facts(1))
        async with subscribed(store, await store.head()) as subscription:
            assert only_events(await soon(until_caught_up(subscription))) == []

    async def test_no_gap_and_no_duplicate_while_others_write(self, store: EventStore) -> None:
        head = await store.head()
        await asyncio.gather(*(store.append(new_stream(), NO_STREAM, facts(3)) for _ in range(100)))

        async def write() -> None:
            for _ in range(40):
                await asyncio.gather(
                    *(store.append(new_stream(), NO_STREAM, facts(1)) for _ in range(5))
                )

        writer = asyncio.create_task(write())
        early = await soon(follow(store, head, events=500))
        await soon(writer)
        late = await soon(follow(store, head, events=500))
        whole = await store.read_all(after=head)
        assert len(whole) == 500
        assert only_events(early) == whole
        assert only_events(late) == whole

    async def test_it_resumes_behind_a_position(self, store: EventStore) -> None:
        head = await store.head()
        await store.append(new_stream(), NO_STREAM, facts(6))
        whole = await store.read_all(after=head)
        resumed = await soon(follow(store, whole[2].position, events=3))
        assert only_events(resumed) == whole[3:]

    async def test_strange_streams_are_passed_over(self, store: EventStore) -> None:
        head = await store.head()
        await store.append(new_stream("elsewhere"), NO_STREAM, facts(4))
        known = facts(1)
        await store.append(new_stream("merchant"), NO_STREAM, known)
        async with subscribed(store, head) as subscription:
            assert ids(only_events(await soon(until_caught_up(subscription)))) == ids(known)
            await store.append(new_stream("elsewhere"), NO_STREAM, facts(4))
            later = facts(1)
            await store.append(new_stream("policy"), NO_STREAM, later)
            delivery = await soon(anext(subscription))
            while not isinstance(delivery, RecordedEvent):
                delivery = await soon(anext(subscription))
            assert delivery.id == later[0].id

    async def test_marks_never_run_ahead_of_events(self, store: EventStore) -> None:
        head = await store.head()
        for _ in range(20):
            await store.append(new_stream("elsewhere"), NO_STREAM, facts(2))
            await store.append(new_stream(), NO_STREAM, facts(1))
        reached = head
        for delivery in await soon(follow(store, head, events=20)):
            if not isinstance(delivery, CaughtUp):
                assert delivery.position >= reached
                assert not isinstance(delivery, RecordedEvent) or delivery.position > reached
                reached = delivery.position

    async def test_a_waiting_subscription_can_be_cancelled(self, store: EventStore) -> None:
        caught_up = asyncio.Event()

        async def listen() -> None:
            async with subscribed(store, await store.head()) as subscription:
                await until_caught_up(subscription)
                caught_up.set()
                await anext(subscription)

        listener = asyncio.create_task(listen())
        await soon(caught_up.wait())
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await soon(listener)
        assert listener.cancelled()
