"""The format in the log: begun with a new log, raised once, met by whoever reads the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import pytest

from adapters.codec import installation_codec
from adapters.event_store.memory import MemoryEventStore
from adapters.surroundings import RandomIds
from api.composition.installation import begun, format_over, refuse_higher
from api.composition.merchants import merchants_over
from application.fact_log import Author, FactLog, Facts
from application.installation import keeping
from application.installation.in_force import FormatInForce
from application.ports.event_store import Appended, StoreUnavailable, WrongRevision
from domain.installation import formats
from domain.installation.events import FormatRaised, InstallationEvent
from domain.installation.formats import FIRST, NEWEST, Format, FormatTooHigh, FormatTooLow
from domain.installation.installation import STREAM
from domain.log import BEFORE_FIRST, CaughtUp, Delivery, NewEvent, RecordedEvent
from tests.merchants.surroundings import TurnedClock

AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
HIGHER: Final = NEWEST + 1


def new_store() -> MemoryEventStore:
    return MemoryEventStore(TurnedClock())


def facts_over(store: MemoryEventStore) -> FactLog[InstallationEvent]:
    return FactLog(store, installation_codec(), RandomIds(), FormatInForce(Format(FIRST)))


async def raised(store: MemoryEventStore, number: int) -> None:
    """As a newer version of Interlock would."""
    log = facts_over(store)
    fact = FormatRaised(format=number, at=AT, by="newer")
    author = Author(command=RandomIds().fresh(), actor="newer", merchant="")
    await log.append(await log.read(STREAM), [fact], author)


async def paid(store: MemoryEventStore, stream: str = "payment-1") -> None:
    event = NewEvent(id=RandomIds().fresh(), type="PaymentInitiated", data=b"{}", metadata=b"{}")
    await store.append(stream, -1, [event])


async def in_stream(store: MemoryEventStore) -> list[tuple[int, str]]:
    facts = await facts_over(store).read(STREAM)
    return [(one.format, one.by) for one in facts.events]


async def test_a_new_log_begins_at_the_newest() -> None:
    store = new_store()

    assert (await begun(store)).now == Format(NEWEST)
    assert (await begun(store)).now == Format(NEWEST)
    assert await in_stream(store) == [(NEWEST, "first-start")]


async def test_a_log_with_merchants_only_is_a_new_one() -> None:
    store = new_store()
    await merchants_over(store, FormatInForce(Format(FIRST))).register(
        "alma", name="Alma", actor="test"
    )

    assert (await begun(store)).now == Format(NEWEST)


async def test_an_older_log_is_carried_on_in_its_format_until_somebody_raises_it() -> None:
    store = new_store()
    await paid(store)

    assert (await begun(store)).now == Format(FIRST)
    assert await in_stream(store) == []
    assert await format_over(store).raise_to_newest(by="anna") == NEWEST
    assert await format_over(store).raise_to_newest(by="ben") == NEWEST
    assert (await begun(store)).now == Format(NEWEST)
    assert await in_stream(store) == [(NEWEST, "anna")]


async def test_a_payment_behind_the_first_page_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_PAGE_EVENTS", 2)
    store = new_store()
    for number in range(5):
        await paid(store, f"notice-{number}")
    await paid(store)

    assert (await begun(store)).now == Format(FIRST)


async def test_a_log_with_very_many_facts_is_not_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_EVENTS_MAX", 2)
    store = new_store()
    for number in range(3):
        await paid(store, f"notice-{number}")

    assert (await begun(store)).now == Format(FIRST)


async def test_many_that_start_at_once_begin_it_once() -> None:
    store = new_store()

    found = await asyncio.gather(*(begun(store) for _ in range(8)))

    assert {one.now.number for one in found} == {NEWEST}
    assert await in_stream(store) == [(NEWEST, "first-start")]


async def test_whoever_meets_a_higher_format_says_so_and_writes_nothing() -> None:
    store = new_store()
    await raised(store, HIGHER)

    for meeting in (begun(store), refuse_higher(store)):
        with pytest.raises(FormatTooHigh, match=f"format is {HIGHER}.* up to {NEWEST}"):
            await meeting
    with pytest.raises(FormatTooHigh):
        await format_over(store).raise_to_newest(by="anna")
    assert await in_stream(store) == [(HIGHER, "newer")]


class DeafStore(MemoryEventStore):
    """Answers no read."""

    async def read_stream(self, *_: object, **__: object) -> list[RecordedEvent]:
        raise StoreUnavailable("down")


async def test_while_the_log_does_not_answer_what_every_version_knows_is_written() -> None:
    assert (await begun(DeafStore(TurnedClock()))).now == Format(FIRST)


class RacedStore(MemoryEventStore):
    """Others are always faster."""

    async def append(
        self,
        stream: str,
        expected: int,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        raise WrongRevision(stream, expected, expected + 1)


async def test_a_raise_that_is_overtaken_for_ever_ends() -> None:
    with pytest.raises(keeping.FormatBusy):
        await format_over(RacedStore(TurnedClock())).raise_to_newest(by="anna")


def test_a_format_in_force_only_rises() -> None:
    in_force = FormatInForce(Format(FIRST))

    in_force.adopt(NEWEST)
    in_force.adopt(FIRST)
    assert in_force.now == Format(NEWEST)
    with pytest.raises(FormatTooHigh):
        in_force.adopt(HIGHER)
    assert in_force.now == Format(NEWEST)


async def test_a_subscription_ends_where_the_format_is_raised_beyond_it() -> None:
    store = new_store()
    await paid(store, "payment-1")
    await raised(store, NEWEST)
    await paid(store, "payment-2")
    seen: list[str] = []

    async def read_on() -> None:
        async for delivery in format_over(store).follow(BEFORE_FIRST):
            if isinstance(delivery, CaughtUp):
                await raised(store, HIGHER)
                await paid(store, "payment-3")
            elif isinstance(delivery, RecordedEvent):
                seen.append(delivery.stream)

    with pytest.raises(FormatTooHigh):
        await read_on()
    assert seen == ["payment-1", STREAM, "payment-2"]


async def test_a_subscription_that_begins_behind_the_raise_sees_nothing() -> None:
    store = new_store()
    await raised(store, HIGHER)
    await paid(store)
    seen: list[Delivery] = []

    async def read_on() -> None:
        seen.extend([one async for one in format_over(store).follow(await store.head())])

    with pytest.raises(FormatTooHigh):
        await read_on()
    assert seen == []


async def test_a_fact_that_the_format_does_not_allow_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(formats._WRITABLE, FIRST, {})
    store = new_store()
    fact = FormatRaised(format=2, at=AT, by="anna")
    author = Author(command=RandomIds().fresh(), actor="anna", merchant="")

    with pytest.raises(FormatTooLow, match="FormatRaised"):
        await facts_over(store).append(Facts(stream=STREAM), [fact], author)
    assert await store.read_all(after=BEFORE_FIRST) == []
