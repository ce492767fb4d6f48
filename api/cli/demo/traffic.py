"""Sends the demo's payments over HTTP as a merchant would, and follows each to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import aiohttp

from api.cli.demo.plan import (
    BROKEN_GATEWAY,
    OUTAGE_AT_S,
    OUTAGE_FOR_S,
    PAYMENTS_PER_S,
    Planned,
)

OPEN: Final = frozenset({"processing", "pending_verification"})
SETTLE_S_MAX: Final = 100.0
LOOK_EVERY_S: Final = 0.5
ASK_S_MAX: Final = 20.0


@dataclass(slots=True)
class Seen:
    """What the merchant saw. `payments`: the newest view of each, by id."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)  # seconds per create
    unknown: set[str] = field(default_factory=set)  # answered 202
    refunds: int = 0
    captures: int = 0
    twins_alike: int = 0
    twins_unlike: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def still_open(self) -> list[str]:
        return [name for name, view in self.payments.items() if view["status"] in OPEN]


class Merchant:
    """One merchant's system: keeps its keys, repeats nothing by itself."""

    def __init__(self, session: aiohttp.ClientSession, url: str, api_key: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self.seen = Seen()

    async def send_all(
        self, planned: list[Planned], simulator: str, tell: Callable[[int], None]
    ) -> None:
        """At the plan's pace; one gateway breaks on the way and comes back."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._break_gateway(simulator))
            for one in planned:
                due = started + one.number / PAYMENTS_PER_S
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                group.create_task(self._pay(one))
                tell(one.number)

    async def follow(self, tell: Callable[[int], None]) -> None:
        """Looks at what is open until nothing is, or SETTLE_S_MAX have passed."""
        gives_up_at = time.monotonic() + SETTLE_S_MAX
        while self.seen.still_open and time.monotonic() < gives_up_at:
            for name in self.seen.still_open:
                self.seen.payments[name] = await self.view(name)
            tell(len(self.seen.still_open))
            await asyncio.sleep(LOOK_EVERY_S)
        for name in self.seen.payments:
            self.seen.payments[name] = await self.view(name)

    async def view(self, payment: str) -> dict[str, Any]:
        async with self._session.get(
            f"{self._url}/v1/payments/{payment}", headers=self._headers
        ) as answer:
            view: dict[str, Any] = await answer.json()
            return view

    async def _break_gateway(self, simulator: str) -> None:
        await asyncio.sleep(OUTAGE_AT_S)
        weather = {"outage": "maintenance", "for_s": OUTAGE_FOR_S}
        url = f"{simulator}/_control/{BROKEN_GATEWAY}"
        async with self._session.post(url, json=weather) as answer:
            answer.raise_for_status()

    async def _pay(self, one: Planned) -> None:
        key = str(uuid4())
        sends = [self._post("/v1/payments", one.body, key) for _ in range(1 + one.twin)]
        started = time.monotonic()
        answers = await asyncio.gather(*sends)
        self.seen.answered.append(time.monotonic() - started)
        status, body, raw = answers[0]
        if one.twin:
            alike = raw == answers[1][2]
            self.seen.twins_alike += alike
            self.seen.twins_unlike += not alike
        name = body.get("payment") or body.get("id")
        if status not in (201, 202, 402) or name is None:
            self.seen.errors.append(f"{status} {body.get('code')}")
            return
        self.seen.payments[name] = await self.view(name)
        if status == 202:
            self.seen.unknown.add(name)
        elif status == 201:
            await self._afterwards(one, name)

    async def _afterwards(self, one: Planned, name: str) -> None:
        if one.manual:
            status, _, _ = await self._post(f"/v1/payments/{name}/capture", {}, str(uuid4()))
            self.seen.captures += status == 200
        if one.refund:
            half = {"amount": max(1, one.body["amount"] // 2)}
            status, _, _ = await self._post(f"/v1/payments/{name}/refunds", half, str(uuid4()))
            self.seen.refunds += status == 201

    async def _post(
        self, path: str, body: dict[str, Any], key: str
    ) -> tuple[int, dict[str, Any], bytes]:
        headers = {**self._headers, "Idempotency-Key": key}
        timeout = aiohttp.ClientTimeout(total=ASK_S_MAX)
        async with self._session.post(
            self._url + path, json=body, headers=headers, timeout=timeout
        ) as answer:
            raw = await answer.read()
            return answer.status, await answer.json(content_type=None), raw
