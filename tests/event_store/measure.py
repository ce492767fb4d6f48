"""Measures the embedded store on a durable server: `python -m tests.event_store.measure`.

`appends`: appends/s and events/s for many callers at once. `kernels`: the eventsourcing library's
INSERT against ways of our own (kernels.py), alone, in one run, in turn; medians. Prints; decides
nothing.
"""

import argparse
import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from adapters.event_store.postgres.datastore import LogDatastore
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.event_store.queued import QueuedAppend
from adapters.servers.postgres import PostgresFolder
from domain.log import NO_STREAM, NewEvent
from tests.event_store.builders import new_stream
from tests.event_store.kernels import KERNELS
from tests.support.postgres import server_folder

EVENTS_PER_APPEND = 4
DATA = b'{"amount": 1250, "currency": "EUR", "gateway": "alpha", "note": "' + b"x" * 160 + b'"}'
METADATA = b'{"$correlationId": "' + b"0" * 36 + b'", "hash": "' + b"0" * 64 + b'"}'
CALLERS = (1, 64, 512)
# Not more: the library pipelines its INSERT, and after a message of about a megabyte (some 1,000
# events like these) psycopg's pipeline may wait for ever.
GROUPS = (1, 8, 64)

Kernel = tuple[Callable[[int], Any], Callable[[Any], object]]  # makes a group, stores it


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def new_events() -> list[NewEvent]:
    return [
        NewEvent(id=uuid4(), type="AttemptStarted", data=DATA, metadata=METADATA)
        for _ in range(EVENTS_PER_APPEND)
    ]


async def measure_appends(dsn: str, seconds: float) -> None:
    store = await EmbeddedEventStore.connect(dsn)
    for callers in CALLERS:
        taken: list[float] = []
        ends_at = time.perf_counter() + seconds

        async def call(ends_at: float = ends_at, taken: list[float] = taken) -> None:
            while (started := time.perf_counter()) < ends_at:
                await store.append(new_stream(), NO_STREAM, new_events())
                taken.append(time.perf_counter() - started)

        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(call() for _ in range(callers)))
        passed, cpu = time.perf_counter() - started, time.process_time() - cpu
        say(
            f"{callers:4} callers: {len(taken) / passed:7.0f} appends/s"
            f" {EVENTS_PER_APPEND * len(taken) / passed:7.0f} events/s"
            f"  p50 {1e3 * statistics.median(taken):6.2f} ms"
            f"  p99 {1e3 * statistics.quantiles(taken, n=100)[98]:6.2f} ms"
            f"  client CPU {1e6 * cpu / len(taken):4.0f} us/append"
        )
    started = time.perf_counter()
    page, read = await store.read_all(after=-1), 0
    while page and read < 100_000:
        read += len(page)
        page = await store.read_all(after=page[-1].position)
    say(f"read_all: {read / (time.perf_counter() - started):7.0f} events/s")
    await store.aclose()


async def measure_kernels(dsn: str, repeats: int) -> None:
    datastore = LogDatastore(dsn)
    own = {name: kernel(datastore) for name, kernel in KERNELS.items()}
    own["one statement"].create_table()
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    with PostgresDatastore(
        parts["dbname"], parts["host"], parts["port"], parts["user"], "", originator_id_type="text"
    ) as stock_datastore:
        stock = PostgresApplicationRecorder(stock_datastore, events_table_name="stock_events")
        stock.create_table()
        for size in GROUPS:
            kernels: dict[str, Kernel] = {"library": (stored, stock.insert_events)}
            kernels |= {name: (group, one.insert_group) for name, one in own.items()}
            report(size, kernels, repeats)
    datastore.close()


def stored(size: int) -> list[StoredEvent]:
    return [
        StoredEvent(stream, version, event.type, event.id.bytes + event.metadata + event.data)
        for stream in [new_stream() for _ in range(size)]
        for version, event in enumerate(new_events())
    ]


def group(size: int) -> list[QueuedAppend]:
    return [QueuedAppend(new_stream(), NO_STREAM, new_events()) for _ in range(size)]


def report(size: int, kernels: dict[str, Kernel], repeats: int) -> None:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in kernels}
    for _ in range(repeats):
        for name, (make, insert) in kernels.items():
            given = make(size)
            started, cpu = time.perf_counter(), time.process_time()
            insert(given)
            taken[name].append((time.perf_counter() - started, time.process_time() - cpu))
    for name, times in taken.items():
        passed, cpu = (1e3 * statistics.median(column) for column in zip(*times, strict=True))
        say(f"{size:4} appends a group, {name:21}: {passed:7.2f} ms, client CPU {cpu:6.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["appends", "kernels"], nargs="?", default="appends")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--repeats", type=int, default=40)
    arguments = parser.parse_args()
    folder = server_folder()
    with PostgresFolder(folder).running() as server:
        dsn = server.ensure_database()
        with psycopg.connect(dsn) as connection:
            say(f"PostgreSQL {connection.info.server_version}, fsync on")
        if arguments.what == "appends":
            asyncio.run(measure_appends(dsn, arguments.seconds))
        else:
            asyncio.run(measure_kernels(dsn, arguments.repeats))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
