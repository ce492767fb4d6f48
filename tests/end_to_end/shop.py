"""A merchant's system: sends commands, looks, and compares with the gateways' own books."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from adapters.simulator.audit import PaymentAudit, audit

SETTLED_S_MAX = 60.0
LOOK_EVERY_S = 0.2
OPEN = {"processing", "pending_verification"}


class Shop:
    def __init__(self, url: str, api_key: str, books: Path, simulator: str) -> None:
        self.url, self.simulator = url, simulator
        self._books = books
        self._headers = {"Authorization": f"Bearer {api_key}"}

    def client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(
            base_url=self.url, headers=self._headers, timeout=30.0, limits=limits
        )

    async def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx.Response:
        async with self.client() as client:
            return await self.send(client, path, body, key=key)

    async def send(
        self,
        client: httpx.AsyncClient,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await client.post(path, json=body or {}, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        async with self.client() as client:
            return await client.get(path)

    async def pay(self, *, key: str | None = None, **changes: Any) -> httpx.Response:
        return await self.post("/v1/payments", payment_body(**changes), key=key)

    async def settled(self, payment: str) -> dict[str, Any]:
        """The payment when it is no longer open."""
        gives_up_at = time.monotonic() + SETTLED_S_MAX
        while True:
            view: dict[str, Any] = (await self.get(f"/v1/payments/{payment}")).json()
            if view["status"] not in OPEN or time.monotonic() > gives_up_at:
                return view
            await asyncio.sleep(LOOK_EVERY_S)

    def booked(self, payment: str) -> PaymentAudit | None:
        """What all gateways together say about the payment."""
        return audit(self._books).payments.get(str(UUID(payment.removeprefix("pay_"))))

    def net(self, payment: str) -> int:
        found = self.booked(payment)
        return 0 if found is None else sum(found.net.values())

    def charges(self, payment: str) -> int:
        found = self.booked(payment)
        return 0 if found is None else len(found.charges)


def payment_body(*, token: str = "tok_ok", amount: int = 4_200, **changes: Any) -> dict[str, Any]:
    method = {"type": "card", "token": token, "bank": "HDFC"}
    return {"amount": amount, "currency": "EUR", "payment_method": method} | changes
