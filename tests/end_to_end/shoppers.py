"""Customers who pay all the time, and look at once at what they did: at every API, in the lists and
in the timeline, from the position on that they were told. Nobody may fail, and nobody see less."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.end_to_end.shop import Shop, payment_body

LIST_ROWS: Final = 100
LOOK_EVERY_S: Final = 0.05


@dataclass(slots=True)
class Shoppers:
    """`shops`: the same merchant at each API that is looked at. `wrong`: what should not be."""

    shops: list[Shop]
    made: list[str] = field(default_factory=list)
    looks: int = 0
    wrong: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def going_on(self, count: int) -> AsyncIterator[None]:
        over = asyncio.Event()
        tasks = [asyncio.create_task(self._shop(over)) for _ in range(count)]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def more(self, count: int) -> None:
        """Until so many payments more were made and looked at."""
        goal = len(self.made) + count
        while True:
            if len(self.made) >= goal:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _shop(self, over: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            clients: dict[str, httpx.AsyncClient] = {}
            number = 0
            while not over.is_set():
                for shop in self.shops:
                    if shop.url not in clients:
                        clients[shop.url] = await stack.enter_async_context(shop.client())
                number += 1
                await self._pay(list(clients.values()), self.shops[number % len(self.shops)])

    async def _pay(self, clients: Sequence[httpx.AsyncClient], shop: Shop) -> None:
        client = next(one for one in clients if shop.url in str(one.base_url))
        paid = await shop.send(client, "/v1/payments", payment_body())
        if paid.status_code != 201:
            self.wrong.append(f"paid {paid.status_code} {paid.text}")
            return
        for one in clients:
            await self._look(one, paid.json()["id"], paid.headers["Interlock-Position"])
        self.made.append(paid.json()["id"])

    async def _look(self, client: httpx.AsyncClient, payment: str, at: str) -> None:
        listed = await client.get("/v1/payments", params={"at_least": at, "limit": LIST_ROWS})
        self._judge(f"{client.base_url} list", listed, payment, "id")
        told = await client.get(f"/v1/payments/{payment}/timeline", params={"at_least": at})
        self._judge(f"{client.base_url} timeline", told, "AttemptSucceeded", "type")

    def _judge(self, where: str, answer: httpx.Response, wanted: str, member: str) -> None:
        self.looks += 1
        data: list[dict[str, Any]] = answer.json().get("data", [])
        if answer.status_code != 200 or wanted not in [one[member] for one in data]:
            self.wrong.append(f"{where}: {answer.status_code}, {len(data)} rows without {wanted}")
