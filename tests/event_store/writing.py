"""A process that writes into the log as fast as it can: `python -m tests.event_store.writing DSN`.

New streams and, one in each group, a conflict. Says "writing" when it has begun; never ends.
"""

from __future__ import annotations

import asyncio
import sys

from adapters.event_store.postgres.store import EmbeddedEventStore
from application.ports.event_store import WrongRevision
from domain.log import NO_STREAM
from tests.event_store.builders import fact, new_stream

CALLERS = 64
DATA = b"x" * 3_000  # so that most of the time of an append is its way to the server


async def write(dsn: str) -> None:
    store = await EmbeddedEventStore.connect(dsn)
    taken = new_stream()
    await store.append(taken, NO_STREAM, [fact()])

    async def keep_writing(number: int) -> None:
        while True:
            stream = taken if number == 0 else new_stream()
            try:
                await store.append(stream, NO_STREAM, [fact(data=DATA) for _ in range(20)])
            except WrongRevision:
                continue

    sys.stdout.write("writing\n")
    sys.stdout.flush()
    await asyncio.gather(*(keep_writing(number) for number in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
