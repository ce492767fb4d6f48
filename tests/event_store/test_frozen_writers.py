"""A writer that freezes, at whatever byte of an append, holds up no other writer for long.

The wire stops at one byte after the other, and real processes are stopped with SIGSTOP under load.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import psycopg
import pytest

from adapters.event_store.postgres import datastore
from adapters.event_store.postgres.datastore import LogDatastore
from adapters.event_store.postgres.recorder import LogRecorder
from adapters.event_store.postgres.statements import WRITE_LOCK
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.event_store.queued import Outcome, QueuedAppend
from application.ports.event_store import Appended, WrongRevision
from domain.log import NO_STREAM, NewEvent
from tests.crash.proxy import FaultProxy
from tests.event_store.builders import fact, facts, ids, new_stream, soon
from tests.support.postgres import behind_wire, socket_path

pytestmark = pytest.mark.slow

PLACES = 24  # of one append, at which the wire stops
STOPS = 40
RUNS_S_MAX = 0.05  # between two of them


class StoppingWire(FaultProxy):
    """Passes so many bytes to the server, and then nothing any more, either way."""

    def __init__(self, upstream: Path) -> None:
        super().__init__(upstream)
        self.asked_bytes = 0
        self._left: int | None = None
        self.stopped = asyncio.Event()
        self._watching = asyncio.get_running_loop()

    def stop_after(self, size_bytes: int) -> None:
        self.stopped.clear()
        self._left = size_bytes

    async def _deliver(self, chunk: bytes, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        if answers:
            return await super()._deliver(chunk, writer, answers=answers)
        self.asked_bytes += len(chunk)
        if self._left is not None and len(chunk) >= self._left:
            await super()._deliver(chunk[: self._left], writer, answers=answers)
            chunk, self._left = chunk[self._left :], None
            self.freeze()
            self._watching.call_soon_threadsafe(self.stopped.set)
            await asyncio.sleep(0)  # so that it is frozen
            await self._requests_flow.wait()
        elif self._left is not None:
            self._left -= len(chunk)
        return await super()._deliver(chunk, writer, answers=answers)


@pytest.fixture
async def store(database_dsn: str) -> AsyncIterator[EmbeddedEventStore]:
    store = await EmbeddedEventStore.connect(database_dsn)
    yield store
    await store.aclose()


@pytest.fixture
async def wire(database_dsn: str) -> AsyncIterator[StoppingWire]:
    with StoppingWire(socket_path(database_dsn)) as proxy:
        yield proxy


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's patience, so that a whole append can be tried at many places."""
    monkeypatch.setattr(datastore, "TRANSACTION_S_MAX", 1)


class Writer:
    """Of a process of its own: it stands where the wire stops, and goes on with it."""

    def __init__(self, dsn: str) -> None:
        self._datastore = LogDatastore(dsn)
        self._recorder = LogRecorder(self._datastore)

    async def insert(self, group: list[QueuedAppend]) -> list[Outcome]:
        """As the store does: what is ambiguous is repeated until it is not."""
        while True:
            try:
                return await asyncio.to_thread(self._recorder.insert_group, group)
            except psycopg.OperationalError:
                continue

    def close(self) -> None:
        self._datastore.close()


def group(stream: str, events: list[NewEvent], *, beside: str | None) -> list[QueuedAppend]:
    """`beside`: a stream that exists, so that one of the appends is a conflict."""
    more = [QueuedAppend(new_stream(), NO_STREAM, facts(40)) for _ in range(4)]
    conflicts = [] if beside is None else [QueuedAppend(beside, NO_STREAM, [fact()])]
    return [*more, *conflicts, QueuedAppend(stream, NO_STREAM, events)]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("conflicts", [False, True])
async def test_whose_wire_stops_at_any_byte_holds_up_nobody(
    store: EmbeddedEventStore, database_dsn: str, wire: StoppingWire, conflicts: bool
) -> None:
    existing = new_stream()
    await store.append(existing, NO_STREAM, [fact()])
    beside = existing if conflicts else None
    writer = Writer(behind_wire(database_dsn, wire.port))
    for _ in range(2):  # connected, and everything is prepared
        wire.asked_bytes = 0
        await writer.insert(group(new_stream(), facts(2), beside=beside))
    size_bytes = wire.asked_bytes
    for place in range(PLACES):
        stream, events = new_stream(), facts(2)
        wire.stop_after(1 + place * (size_bytes - 2) // (PLACES - 1))
        inserting = asyncio.create_task(
            writer.insert(group(stream, events, beside=beside)), name=f"at place {place}"
        )
        await soon(wire.stopped.wait())
        assert isinstance(await soon(store.append(new_stream(), NO_STREAM, [fact()])), Appended)
        wire.thaw()
        outcomes = await soon(inserting)
        assert [type(one) for one in outcomes] == [
            *[Appended] * 4, *[WrongRevision] * conflicts, Appended
        ]  # fmt: skip
        assert ids(await store.read_stream(stream)) == ids(events)
    writer.close()


@pytest.mark.usefixtures("impatient")
async def test_who_freezes_with_the_lock_is_told_so_when_he_wakes(
    store: EmbeddedEventStore, database_dsn: str
) -> None:
    frozen = LogDatastore(database_dsn)
    begin = f"BEGIN; SELECT pg_advisory_xact_lock({WRITE_LOCK})".encode()

    async def freeze_inside_a_transaction() -> None:
        with frozen.get_connection() as connection:
            connection.execute(begin)
            await soon(store.append(new_stream(), NO_STREAM, [fact()]))
            connection.execute("COMMIT")

    # In a way that makes him repeat.
    with pytest.raises(psycopg.OperationalError, match=r"idle-in-transaction|transaction timeout"):
        await freeze_inside_a_transaction()
    frozen.close()


@pytest.fixture
def writing_process(
    database_dsn: str, store: EmbeddedEventStore
) -> Iterator[subprocess.Popen[bytes]]:
    """Writes as fast as it can, new streams and conflicts."""
    command = [sys.executable, "-m", "tests.event_store.writing", database_dsn]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_a_process_that_is_stopped_under_load_holds_up_nobody(
    store: EmbeddedEventStore, writing_process: subprocess.Popen[bytes]
) -> None:
    dice = Random(1)
    for _ in range(STOPS):
        os.kill(writing_process.pid, signal.SIGSTOP)
        await soon(store.append(new_stream(), NO_STREAM, [fact()]))
        os.kill(writing_process.pid, signal.SIGCONT)
        await asyncio.sleep(dice.uniform(0.0, RUNS_S_MAX))
