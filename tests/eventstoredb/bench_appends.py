"""Appends a second against a server: `python -m tests.eventstoredb.bench_appends [ESDB_URI]`.

Without a URI it starts the double as a process of its own. Prints, asserts nothing.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.event_store.eventstoredb.store import EventStoreDBStore
from domain.log import NO_STREAM
from tests.event_store.builders import facts, new_stream

SECONDS = 5.0


@contextmanager
def own_double() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.esdb_double"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        target = process.stdout.readline().split()[-1]
        try:
            yield f"esdb://{target}?tls=false&keepAliveInterval=600000"
        finally:
            process.terminate()


async def measure(uri: str, in_flight: int, events: int) -> None:
    store = EventStoreDBStore(uri)
    await store.append(new_stream(), NO_STREAM, facts(events))
    until_s = time.perf_counter() + SECONDS
    waits_s: list[float] = []

    async def one_after_the_other() -> None:
        while (begun_s := time.perf_counter()) < until_s:
            await store.append(new_stream(), NO_STREAM, facts(events), timeout_s=30)
            waits_s.append(time.perf_counter() - begun_s)

    cpu_s = time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(in_flight)))
    cpu_s = time.process_time() - cpu_s
    await store.aclose()
    waits_s.sort()
    sys.stdout.write(
        f"{in_flight:4} in flight, {events} events: {len(waits_s) / SECONDS:7.0f}/s"
        f"  p50 {1000 * waits_s[len(waits_s) // 2]:6.1f} ms"
        f"  p99 {1000 * waits_s[len(waits_s) * 99 // 100]:6.1f} ms"
        f"  client CPU {1e6 * cpu_s / len(waits_s):4.0f} us each\n"
    )


async def main(uri: str) -> None:
    for events in (1, 3):
        for in_flight in (1, 64, 512):
            await measure(uri, in_flight, events)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(sys.argv[1]))
    else:
        with own_double() as own_uri:
            asyncio.run(main(own_uri))
