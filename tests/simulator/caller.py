"""Speaks the simulator's protocol for the tests: one HTTP client, and what it was answered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

POLL_S = 0.005
POLLS_MAX = 1_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and JSON body of an answer."""

    status: int
    headers: dict[str, str]
    body: Any


class NoAnswer(Exception):
    """The connection was closed without an answer."""


def asked(key: str, **changed: object) -> Json:
    """A charge's body; ``tok_ok`` unless told otherwise, so that chance has no part in it."""
    body: Json = {
        "key": key,
        "payment_id": "payment-1",
        "amount": 10_000,
        "currency": "INR",
        "method": "card",
        "method_token": "tok_ok",
        "bank": "HDFC",
        "capture": True,
    }
    return {**body, **changed}


class Caller:
    """One client of one simulator; the gateway is stripe unless named."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def post(self, path: str, body: object, *, key: str | None = None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self._send("POST", path, json=body, headers=headers)

    async def get(self, path: str, **query: str) -> Answer:
        return await self._send("GET", path, params=query)

    async def _send(self, verb: str, path: str, **parts: Any) -> Answer:
        try:
            async with self._session.request(verb, self.url + path, **parts) as answer:
                return Answer(answer.status, dict(answer.headers), await answer.json())
        except aiohttp.ServerDisconnectedError as closed:
            raise NoAnswer from closed

    async def charge(self, key: str = "k1", *, gateway: str = "stripe", **changed: Any) -> Answer:
        return await self.post(f"/{gateway}/v1/charges", asked(key, **changed), key=key)

    async def find(self, key: str = "k1", *, gateway: str = "stripe") -> Answer:
        return await self.get(f"/{gateway}/v1/charges", key=key)

    async def operate(
        self, path: str, charge_id: str, key: str, amount: int | None = None
    ) -> Answer:
        body = {"key": key} if amount is None else {"key": key, "amount": amount}
        return await self.post(f"/stripe/v1/charges/{charge_id}/{path}", body, key=key)

    async def find_operation(self, key: str) -> Answer:
        return await self.get("/stripe/v1/operations", key=key)

    async def cancel(self, key: str = "k1") -> Answer:
        return await self.post("/stripe/v1/cancellations", {"key": key})

    async def control(self, **change: object) -> Answer:
        return await self.post("/_control/stripe", change)

    async def release(self) -> Answer:
        return await self.post("/_control/stripe/release", {})

    async def books(self, payment_id: str = "payment-1") -> list[Json]:
        async with self._session.get(
            f"{self.url}/_books", params={"payment_id": payment_id}
        ) as answer:
            listed: list[Json] = await answer.json()
            return listed


async def held(caller: Caller) -> None:
    """Waits until the gateway holds an answer back, asking it over HTTP."""
    for _ in range(POLLS_MAX):
        if (await caller.get("/_books")).body["stripe"]["held"]:
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError("nothing is held")


async def eventually(holds: Callable[[], bool]) -> None:
    """Waits until ``holds`` says so, at most five seconds."""
    for _ in range(POLLS_MAX):
        if holds():
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError("it did not come to hold")
