"""One storm: customers pay and blows fall at the same pace; then it is calm until all has ended."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import aiohttp

from tests.crash.client import Client
from tests.crash.diary import Diary
from tests.crash.waiting import until
from tests.gateways.hostile.books import Books
from tests.storm.blows import Blow, drawn, omitted
from tests.storm.customers import Customers
from tests.storm.judging import Judged, by_payment, end_of, judge, told_of
from tests.storm.lives import Life, lives
from tests.storm.notices import Herald
from tests.storm.place import Place
from tests.storm.reading import Reading
from tests.storm.weather import Weather

HANDS: Final = 2  # blows at a time
LOOK_EVERY_S: Final = 1.0
SHOWN_MAX: Final = 5
LIES_S_MAX: Final = 180.0  # after the last blow: a lie that was not seen by then is judged so
LULL_S_MAX: Final = 600.0  # between two blows
LOOKS_AT_ONCE: Final = 16
ANSWERED_S_MAX: Final = 300.0
AHEAD: Final = 2  # so many blows may the payments be ahead of theirs
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """Seconds; `ended_after`: from the last blow, of each payment that was still open then."""

    judged: Judged
    blows: Counter[str]
    omitted: list[str]
    requests: int
    notices: dict[int, int]
    lives: list[Life]
    blown_s: float
    calm_s: float = 0.0
    ended_after: list[float] = field(default_factory=list)
    postgres_starts: int = 1

    @property
    def honest(self) -> int:
        return sum(not one.is_lied_to for one in self.lives)


class Storm:
    """`most_s`: when nothing new is begun, however little was done by then."""

    def __init__(
        self, place: Place, weather: Weather, client: Client, seed: int, most_s: float
    ) -> None:
        self._ends_at = time.monotonic() + most_s
        self._place, self._weather, self._client = place, weather, client
        self._dice = Random(f"{seed} storm")
        self._customers = Customers(client, lives(Random(f"{seed} lives")), Random(f"{seed} do"))
        self._reading = Reading(place.books)
        self._struck: Counter[str] = Counter()
        self._over = 0

    def books(self) -> Books:
        return self._reading.books()

    @property
    def lives(self) -> list[Life]:
        return self._customers.begun

    async def blow(self, payments: int, blows: int) -> None:
        """Both to their end."""
        planned = drawn(self._place, self._dice, blows)
        hands = [self._strike(planned[hand::HANDS], payments, blows) for hand in range(HANDS)]
        shops = [self._shop(payments, blows) for _ in range(self._weather.customers)]
        await asyncio.gather(*hands, *shops)

    async def calm(self, since: float) -> list[float]:
        """Waits until every payment has ended, in bounds. Seconds from `since` of each."""
        open_ones, ended = list(self.lives), []
        while open_ones and time.monotonic() - since < self._weather.calm_s_max:
            views = await self.views(open_ones)
            booked = by_payment(self.books())
            for life in list(open_ones):
                view, charges = views[life.payment], booked.get(life.payment, [])
                given_up = life.is_lied_to and time.monotonic() - since > LIES_S_MAX
                if given_up or end_of(life, view, charges) != "not ended":
                    open_ones.remove(life)
                    ended.append(time.monotonic() - since)
            log.info(
                "%.0f s after the last blow %d are open: %s", time.monotonic() - since,
                len(open_ones), [(one.payment, one.met) for one in open_ones[:SHOWN_MAX]],
            )  # fmt: skip
            await asyncio.sleep(LOOK_EVERY_S)
        return ended

    async def repeat(self) -> None:
        """Every command again, under its key."""
        numbers = iter(range(len(self._customers.commands)))

        async def ask() -> None:
            for number in numbers:
                await self._customers.repeat(number)

        await asyncio.gather(*(ask() for _ in range(LOOKS_AT_ONCE)))

    async def views(self, of: list[Life]) -> dict[str, Mapping[str, Any] | None]:
        found: dict[str, Mapping[str, Any] | None] = {}
        left = iter(of)

        async def look() -> None:
            for life in left:
                found[life.payment] = await self._view(life)

        await asyncio.gather(*(look() for _ in range(LOOKS_AT_ONCE)))
        return found

    async def _view(self, life: Life) -> Mapping[str, Any] | None:
        while True:
            reply = await self._client.get(life.payment)
            if reply is not None and reply.status in (200, 404):
                return reply.body if reply.status == 200 else None
            await asyncio.sleep(LOOK_EVERY_S)

    async def _shop(self, payments: int, blows: int) -> None:
        while len(self.lives) < payments and not self._is_late:
            if len(self.lives) / payments > (self._over + AHEAD) / max(1, blows):
                await asyncio.sleep(LOOK_EVERY_S / 10)
                continue
            await self._customers.live()

    async def _strike(self, planned: list[tuple[str, Blow]], payments: int, blows: int) -> None:
        for name, blow in planned:
            await until(lambda: self._is_due(payments, blows), within_s=LULL_S_MAX)
            if self._is_late:
                return
            log.info("%5d payments: %s", len(self.lives), name)
            await blow(self._place, self._dice, self._weather.longest_s)
            self._struck[name] += 1
            self._over += 1

    def _is_due(self, payments: int, blows: int) -> bool:
        return self._is_late or len(self.lives) / payments >= self._over / blows

    @property
    def _is_late(self) -> bool:
        return time.monotonic() > self._ends_at

    def outcome(self, judged: Judged, diary: Diary, **more: Any) -> Outcome:
        return Outcome(
            judged=judged,
            blows=self._struck,
            omitted=omitted(self._place),
            requests=sum(fact["fact"] == "asked" for fact in diary.facts),
            lives=self.lives,
            postgres_starts=self._place.postgres.starts,
            **more,
        )


async def storm(
    place: Place,
    weather: Weather,
    *,
    payments: int,
    blows: int,
    seed: int,
    most_s: float = math.inf,
) -> Outcome:
    """`most_s`: after which no more payments and blows are begun."""
    diary = Diary()
    async with _client(place, diary, seed) as (session, client):
        blowing = Storm(place, weather, client, seed, most_s)
        herald = Herald(session, place.installation.urls, blowing.books, Random(seed))
        telling = asyncio.create_task(herald.tell())
        try:
            began = time.monotonic()
            await blowing.blow(payments, blows)
            last = time.monotonic()
            log.info("%d payments in %.0f s", len(blowing.lives), last - began)
            ended = await blowing.calm(last)
        finally:
            telling.cancel()
            await asyncio.wait({telling})
        calm_s = time.monotonic() - last
        await blowing.repeat()
        views = await blowing.views(blowing.lives)
        judged = judge(
            blowing.lives, views, blowing.books(), told_of(diary.facts), broken=client.broken
        )
        return blowing.outcome(
            judged, diary, notices=herald.told, blown_s=last - began, calm_s=calm_s,
            ended_after=ended,
        )  # fmt: skip


@asynccontextmanager
async def _client(
    place: Place, diary: Diary, seed: int
) -> AsyncIterator[tuple[aiohttp.ClientSession, Client]]:
    key = await place.key()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        urls, dice = place.installation.urls, Random(f"{seed} ways")
        yield session, Client(session, urls, key, diary, dice, ANSWERED_S_MAX)
