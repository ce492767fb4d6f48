"""Wrong credentials, and a right that is missing: a refusal, told at once and said once, that ends
when somebody puts it right at the server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

import pytest

from adapters.event_store.eventstoredb import gate
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import AccessRefused
from domain.log import BEFORE_FIRST, NO_STREAM
from tests.esdb_double import Access, EsdbDouble
from tests.event_store.builders import facts, ids, new_stream, soon
from tests.eventstoredb.support import Listener, until
from tests.eventstoredb.test_tls import CERTIFICATE, KEY

pytestmark = pytest.mark.slow

SHORT_S: Final = 0.05
RIGHT: Final = "right"


@pytest.fixture
async def double() -> AsyncIterator[EsdbDouble]:
    access = Access(passwords={"till": "changed"}, admins={"till"})
    pair = (KEY.read_bytes(), CERTIFICATE.read_bytes())
    async with EsdbDouble(access=access, certificate=pair) as double:
        yield double


@pytest.fixture
async def store(double: EsdbDouble) -> AsyncIterator[EventStoreDBStore]:
    store = EventStoreDBStore(uri(double))
    yield store
    await store.aclose()


def uri(double: EsdbDouble, *, credentials: str = f"till:{RIGHT}@", scheme: str = "esdb") -> str:
    return f"{scheme}://{credentials}localhost:{double.port}?tlsCaFile={CERTIFICATE}"


def access_of(double: EsdbDouble) -> Access:
    assert double.access is not None
    return double.access


def calls(double: EsdbDouble) -> int:
    return sum(double.counters.calls.values())


def told(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno == level]


async def append(store: EventStoreDBStore) -> None:
    await soon(store.append(new_stream(), NO_STREAM, facts(1)))


async def test_an_append_with_wrong_credentials_is_refused_and_nothing_is_stored(
    store: EventStoreDBStore, double: EsdbDouble
) -> None:
    with pytest.raises(AccessRefused, match="'till'") as caught:
        await append(store)
    assert caught.value.nothing_stored
    assert double.events("payment-") == []


async def test_all_that_waits_is_told_and_nobody_asks_again_at_once(
    store: EventStoreDBStore, double: EsdbDouble, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = [append(store) for _ in range(50)]
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in ends} == {AccessRefused}
    seen = calls(double)
    for _ in range(20):
        with pytest.raises(AccessRefused):
            await append(store)
        with pytest.raises(AccessRefused):
            await store.head()
        with pytest.raises(AccessRefused):
            await store.read_stream(new_stream())
    assert calls(double) == seen
    assert len(told(caplog, logging.ERROR)) == 1
    assert told(caplog, logging.WARNING) == []


@pytest.mark.parametrize("scheme", ["esdb", "esdb+discover"])
async def test_a_password_that_is_put_right_works_again_by_itself(
    double: EsdbDouble, scheme: str, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(gate, "ASK_AGAIN_FIRST_S", SHORT_S)
    monkeypatch.setattr(gate, "ASK_AGAIN_MOST_S", SHORT_S)
    store = EventStoreDBStore(uri(double, scheme=scheme))
    listener = Listener(store)
    with pytest.raises(AccessRefused):
        await append(store)
    access_of(double).passwords["till"] = RIGHT
    await _let_in(store)
    await listener.has_all_of(store, 1)
    assert len(told(caplog, logging.ERROR)) == 1
    assert len([one for one in told(caplog, logging.WARNING) if "again" in one]) == 1
    await store.aclose()


async def test_it_asks_again_within_half_a_minute_ever_more_slowly() -> None:
    shut = gate.Gate("it")
    pauses = []
    for _ in range(12):
        shut.shut("no")
        pauses.append(shut._left_s())
        shut._next_at_s = 0.0
    assert all(1 <= round(one, 2) <= 30 for one in pauses)
    assert pauses[0] <= 1.0
    assert min(pauses[6:]) >= 14


async def test_no_credentials_are_refused_as_well(double: EsdbDouble) -> None:
    store = EventStoreDBStore(uri(double, credentials=""))
    for ask in (store.head(), store.read_stream(new_stream()), append(store)):
        with pytest.raises(AccessRefused):
            await soon(ask)
    await store.aclose()


async def test_the_right_to_read_all_is_named_where_it_is_missing(
    double: EsdbDouble, store: EventStoreDBStore, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(gate, "ASK_AGAIN_FIRST_S", SHORT_S)
    monkeypatch.setattr(gate, "ASK_AGAIN_MOST_S", SHORT_S)
    access = access_of(double)
    access.passwords["till"], access.admins = RIGHT, set()
    stream, known = new_stream(), facts(2)
    await soon(store.append(stream, NO_STREAM, known))
    assert ids(await store.read_stream(stream)) == ids(known)
    listener = Listener(store)
    for ask in (store.head(), store.read_all(after=BEFORE_FIRST)):
        with pytest.raises(AccessRefused, match=r"\$admins.*ACL of \$all"):
            await ask
    access.readers_of_all = {"till"}
    await until(lambda: len(listener.events) == 2)
    await listener.has_all_of(store, 2)
    assert len(told(caplog, logging.ERROR)) == 1


async def test_an_append_that_may_be_stored_is_not_called_refused(
    double: EsdbDouble, store: EventStoreDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "ASK_AGAIN_FIRST_S", SHORT_S)
    monkeypatch.setattr(gate, "ASK_AGAIN_MOST_S", SHORT_S)
    access_of(double).passwords["till"] = RIGHT
    stream, known = new_stream(), facts(1)
    await append(store)
    double.faults.hold_appends(stored=True)
    held = asyncio.create_task(store.append(stream, NO_STREAM, known))
    await until(lambda: double.faults.held == 1)
    access_of(double).passwords["till"] = "changed"
    double.faults.cut_appends()
    await until(lambda: store.refused is not None)
    assert not held.done()
    access_of(double).passwords["till"] = RIGHT
    assert (await soon(held)).revision == 0
    assert ids(await store.read_stream(stream)) == ids(known)


async def _let_in(store: EventStoreDBStore) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                return await append(store)
            except AccessRefused:
                await asyncio.sleep(SHORT_S)
