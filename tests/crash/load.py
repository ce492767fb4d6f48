"""Keeps shoppers busy while processes die, and follows every payment to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, Final

import aiohttp

from tests.crash.client import Client, NeverAnswered
from tests.crash.diary import Diary
from tests.crash.shopper import QUICK, SLOW, Begun, Shopper

SHOPPERS: Final = 12
PAUSE_S_MAX: Final = 0.25  # between a shopper's journeys
FOLLOW_EVERY_S: Final = 0.25
PROBE_EVERY_S: Final = 0.2
SETTLED_S_MAX: Final = 60.0
OPEN: Final = frozenset({"processing", "pending_verification"})
UNSETTLED: Final = frozenset({"started", "unknown"})


class Load:
    """To be made with `shopping`."""

    def __init__(
        self, client: Client, diary: Diary, seed: int, outcomes: Mapping[str, int]
    ) -> None:
        self.client, self.diary = client, diary
        self.seen: dict[str, Begun] = {}
        self.position = ""  # of the newest success
        self._dice = Random(seed)
        self._settled = asyncio.Event()
        self._closing = False
        self._shopper = Shopper(client, Random(seed), outcomes, self.seen, diary.now)
        self._shoppers: list[asyncio.Task[None]] = []
        self._probes: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None

    def start(self, shoppers: int) -> None:
        self._shoppers = [asyncio.create_task(self._shop()) for _ in range(shoppers)]
        self._following = asyncio.create_task(self._follow())

    def note_success(self, position: str) -> None:
        self.position = position

    async def served(self, *, within_s: float) -> None:
        """Returns when a payment succeeds that was begun from now on. Fresh ones are tried all
        the time: a key that was in hand when its process died is busy for longer. Raises
        TimeoutError, and what a shopper raised."""
        succeeded = asyncio.Event()

        async def probe() -> None:
            with suppress(NeverAnswered):
                if await self._shopper.probe():
                    succeeded.set()

        async with asyncio.timeout(within_s):
            while not succeeded.is_set():
                for shopper in filter(asyncio.Task.done, self._shoppers):
                    shopper.result()
                self._probes.add(asyncio.create_task(probe()))
                with suppress(TimeoutError):
                    await asyncio.wait_for(succeeded.wait(), PROBE_EVERY_S)

    async def finish(self) -> None:
        """Lets every shopper end its journey, then waits until all is settled, at most
        SETTLED_S_MAX. Raises what a shopper raised."""
        self._closing = True
        await asyncio.gather(*self._shoppers, *self._probes)
        self._settled.clear()
        with suppress(TimeoutError):  # what is left is judged
            async with asyncio.timeout(SETTLED_S_MAX):
                await self._settled.wait()
        await self.cancel()
        for begun in self.seen.values():
            reply = await self.client.get(begun.payment)
            assert reply is not None, f"nobody answers for {begun.payment}"
            begun.view = {} if reply.status == 404 else reply.body

    async def cancel(self) -> None:
        tasks = [*self._shoppers, *self._probes, *([self._following] if self._following else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def unsettled(self) -> list[Begun]:
        return [one for one in self.seen.values() if one.open_since is not None]

    def settling_s(self, moment: float) -> float:
        """How long after `moment` all was settled that was open then. Infinite for never."""
        return max((one.settling_s(moment) for one in self.seen.values()), default=0.0)

    async def _shop(self) -> None:
        while not self._closing:
            with suppress(NeverAnswered):  # noted by the client, and judged
                await self._shopper.journey()
            await asyncio.sleep(self._dice.uniform(0, PAUSE_S_MAX))

    async def _follow(self) -> None:
        while True:
            await asyncio.gather(*(self._look(one) for one in self.unsettled if not one.busy))
            if not self.unsettled:
                self._settled.set()
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def _look(self, begun: Begun) -> None:
        """Settled: no try of it is open, and nobody waits for it."""
        attempts = await self.client.attempts(begun.payment)
        if attempts is None or any(one["status"] in UNSETTLED for one in attempts):
            return
        reply = await self.client.get(begun.payment)
        if reply is not None and reply.status == 200 and not _is_open(reply.body):
            begun.settle(self.diary.now())


def _is_open(view: dict[str, Any]) -> bool:
    refunds = {one["status"] for one in view["refunds"]}
    return view["status"] in OPEN or bool(refunds & {"pending", "unknown"})


@asynccontextmanager
async def shopping(
    urls: Sequence[str],
    api_key: str,
    *,
    seed: int,
    shoppers: int = SHOPPERS,
    patient: bool = True,
) -> AsyncIterator[Load]:
    """A load that runs from here on. Call `finish` inside, else it is cancelled. Without
    `patient` no gateway takes long to tell, so that all is settled soon."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        diary = Diary()
        client = Client(session, urls, api_key, diary, Random(seed))
        load = Load(client, diary, seed, QUICK | SLOW if patient else QUICK)
        client.succeeded = load.note_success
        load.start(shoppers)
        try:
            yield load
        finally:
            await load.cancel()
