"""Streams of facts: chained over every append, read whole however long they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from adapters.codec import merchant_codec
from adapters.event_store.memory import MemoryEventStore
from adapters.surroundings import RandomIds
from application import fact_log
from application.fact_log import Author, FactLog, Facts
from application.installation.in_force import FormatInForce
from application.ports.event_store import Appended, WrongRevision
from domain.chain import FIRST, decode_metadata, digest, verify
from domain.log import BEFORE_FIRST, NO_STREAM, NewEvent, RecordedEvent
from domain.merchant.events import ApiKeyIssued, ApiKeyRevoked, MerchantEvent, MerchantRegistered
from domain.merchant.rules import READ
from tests.merchants.surroundings import TurnedClock

AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
STREAM: Final = "merchant-alma"
AUTHOR: Final = Author(command=UUID(int=7), actor="test", merchant="alma")
registered = MerchantRegistered(merchant="alma", name="Alma", at=AT)


def issued(key_id: str) -> ApiKeyIssued:
    return ApiKeyIssued(
        key_id=key_id, secret_hash="ab" * 32, scopes=(READ,), api_version="2026-12-01", at=AT
    )


def revoked(key_id: str) -> ApiKeyRevoked:
    return ApiKeyRevoked(key_id=key_id, at=AT)


FACTS: Final[tuple[MerchantEvent, ...]] = (
    registered, issued("a"), revoked("a"), issued("b"), revoked("b"),
)  # fmt: skip


class NotedStore(MemoryEventStore):
    """Gives pages of `page_events`, and notes what is asked of it."""

    page_events = 4_096

    def __init__(self) -> None:
        super().__init__(TurnedClock())
        self.read_from: list[int | None] = []
        self.timeouts_s: list[float | None] = []

    async def append(
        self,
        stream: str,
        expected: int,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        self.timeouts_s.append(timeout_s)
        return await super().append(stream, expected, events, timeout_s=timeout_s)

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: int | None = None,
        backwards: bool = False,
        limit: int = 4_096,
    ) -> list[RecordedEvent]:
        self.read_from.append(from_revision)
        fits = min(limit, self.page_events)
        return await super().read_stream(
            stream, from_revision=from_revision, backwards=backwards, limit=fits
        )


def log_over(store: NotedStore) -> FactLog[MerchantEvent]:
    return FactLog(store, merchant_codec(), RandomIds(), FormatInForce())


async def test_facts_of_one_append_and_of_the_next_are_one_chain() -> None:
    store = NotedStore()
    log = log_over(store)

    await log.append(Facts(stream=STREAM), FACTS[:3], AUTHOR)
    await log.append(await log.read(STREAM), FACTS[3:], AUTHOR)

    stored = await store.read_stream(STREAM)
    told = [decode_metadata(one.metadata) for one in stored]
    last = digest(stored[-1], stream=STREAM, revision=4)
    assert verify(stored) == last
    assert [one.causation for one in told] == [AUTHOR.command, *(one.id for one in stored[:-1])]
    assert await log.read(STREAM) == Facts(
        stream=STREAM,
        events=FACTS,
        revision=4,
        last_id=stored[-1].id,
        last_digest=last,
        position=stored[-1].position,
    )
    await store.aclose()


async def test_an_append_tells_where_the_log_is_and_waits_for_5_s() -> None:
    store = NotedStore()

    position = await log_over(store).append(Facts(stream=STREAM), FACTS, AUTHOR)

    assert position == await store.head()
    assert store.timeouts_s == [5.0]
    await store.aclose()


@pytest.mark.parametrize(
    ("page_events", "read_from"),
    [(2, [0, 2, 4]), (5, [0, 5]), (6, [0]), (1, [0, 1, 2, 3, 4, 5])],
)
async def test_a_stream_of_several_pages_is_read_whole(
    monkeypatch: pytest.MonkeyPatch, page_events: int, read_from: list[int]
) -> None:
    store = NotedStore()
    log = log_over(store)
    await log.append(Facts(stream=STREAM), FACTS, AUTHOR)
    monkeypatch.setattr(fact_log, "READ_EVENTS_MAX", page_events)
    store.page_events = page_events

    assert (await log.read(STREAM)).events == FACTS

    assert store.read_from == read_from
    await store.aclose()


async def test_a_stream_that_is_not_there_has_no_facts() -> None:
    store = NotedStore()

    assert await log_over(store).read(STREAM) == Facts(
        stream=STREAM,
        events=(),
        revision=NO_STREAM,
        last_id=None,
        last_digest=FIRST,
        position=BEFORE_FIRST,
    )
    await store.aclose()


async def test_what_others_appended_meanwhile_is_not_appended_over() -> None:
    store = NotedStore()
    log = log_over(store)
    await log.append(Facts(stream=STREAM), FACTS[:1], AUTHOR)
    before = await log.read(STREAM)
    await log.append(before, FACTS[1:2], AUTHOR)

    with pytest.raises(WrongRevision):
        await log.append(before, FACTS[1:2], AUTHOR)

    assert (await log.read(STREAM)).events == FACTS[:2]
    await store.aclose()
