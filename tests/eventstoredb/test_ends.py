"""A process that used the store ends, however many answers its event loop never took.

gRPC's poller thread writes a byte per answer to a socket that only the loop empties, one byte a
turn: here the loop is blocked until that socket is full, and then it ends.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from adapters.event_store.eventstoredb.connection import Connection
from tests.esdb_double import EsdbDouble
from tests.event_store.builders import soon
from tests.eventstoredb.support import Listener, address, opened, until

ROOT: Final = Path(__file__).parents[2]
ENDED_S_MAX: Final = 60
NOT_ENDED_S: Final = 15  # several times what it takes where it does end
READS: Final = 1_000  # many more than bytes fit into the socket

pytestmark = pytest.mark.slow

PROGRAM: Final = """
import asyncio, sys, time
from adapters.event_store.eventstoredb import dialer
from adapters.event_store.eventstoredb.store import EventStoreDBStore

async def main(uri, reads, how):
    if how == "not held":
        dialer.hold_open = lambda: None
    store = EventStoreDBStore(uri)
    await store.head()
    waiting = [asyncio.create_task(store.read_stream(f"payment-{n}")) for n in range(reads)]
    for _ in range(5):
        await asyncio.sleep(0)
    time.sleep(2)
    if how == "closed":
        await store.aclose()
        await asyncio.gather(*waiting, return_exceptions=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
print("over", flush=True)
"""


@pytest.fixture
def double() -> Iterator[EsdbDouble]:
    with EsdbDouble() as double:
        yield double


def ended(double: EsdbDouble, how: str, *, within_s: float = ENDED_S_MAX) -> tuple[int, str]:
    """Raises TimeoutExpired when it does not end."""
    command = [sys.executable, "-c", PROGRAM, address(double.target), str(READS), how]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=within_s, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("how", ["closed", "left open"])
def test_answers_that_nobody_took_do_not_keep_the_process(double: EsdbDouble, how: str) -> None:
    assert ended(double, how) == (0, "over\n")


def test_without_the_hold_they_would(double: EsdbDouble) -> None:
    """A planted bug: the library shuts itself down. Else the test above would prove nothing."""
    with pytest.raises(subprocess.TimeoutExpired):
        ended(double, "not held", within_s=NOT_ENDED_S)


async def test_closing_waits_until_every_call_is_over(
    double: EsdbDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_afterwards: list[int] = []
    close = Connection.aclose

    async def watched(connection: Connection) -> None:
        await close(connection)
        open_afterwards.append(connection.open_calls)

    monkeypatch.setattr(Connection, "aclose", watched)
    async with opened(double.target) as store:
        listeners = [Listener(store) for _ in range(5)]
        await store.head()
        await until(lambda: double.counters.calls["Read"] >= 6)
    assert open_afterwards
    assert set(open_afterwards) == {0}
    for listener in listeners:
        with pytest.raises(Exception, match="closed"):
            await soon(listener.task)
