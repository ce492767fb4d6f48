"""What shoppers and their merchants do: whole journeys of one payment each, drawn by dice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from string import ascii_lowercase
from typing import Any, Final

from domain.canonical import derived_id
from tests.crash.client import Client, Reply
from tests.crash.diary import MERCHANT

QUICK: Final = {  # token: weight
    "tok_ok": 50,
    "tok_insufficient_funds": 4,
    "tok_not_processed@razorpay": 6,
    "tok_lost_charged": 6,
    "tok_error_charged": 4,
    "tok_unreadable": 3,
    "tok_pending_captured": 4,
    "tok_pending_declined": 3,
    "tok_refund_lost": 4,
    "tok_capture_lost": 4,
    "tok_void_lost": 3,
    "tok_throttled": 3,
}
# Nothing proves their end before somebody may take them over. Not among them: what no repeat is
# ever told in time (tok_late_not_charged); it ends only after nobody wants it any more.
SLOW: Final = {
    "tok_lost_not_charged": 2,
    "tok_error_not_charged": 2,
    "tok_late_charged": 1,
}


@dataclass(slots=True)
class Begun:
    """A payment that somebody asked for, answered or not, and when (seconds of the diary).
    `busy`: commands for it that are still asked. `open`: from when to when something of it was,
    but for the time that `open_since` names; None there: it is settled."""

    payment: str
    key: str
    open_since: float | None
    busy: int = 0
    open: list[tuple[float, float]] = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=dict)

    def settle(self, now: float) -> None:
        if self.open_since is not None and not self.busy:
            self.open.append((self.open_since, now))
            self.open_since = None

    def settling_s(self, moment: float) -> float:
        """For how long after `moment` something of it was open that was so already. Infinite for
        what never ended."""
        if self.open_since is not None and self.open_since <= moment:
            return float("inf")
        return max((end - moment for start, end in self.open if start <= moment < end), default=0.0)


class Shopper:
    """`seen` collects every payment begun, by id, shared by all shoppers of a load."""

    def __init__(
        self,
        client: Client,
        dice: Random,
        outcomes: Mapping[str, int],
        seen: dict[str, Begun],
        now: Callable[[], float],
    ) -> None:
        """`outcomes`: the gateways' magic tokens, by weight."""
        self._client, self._dice, self._outcomes = client, dice, outcomes
        self._seen, self._now = seen, now

    async def journey(self) -> None:
        """One payment from its create to whatever this shopper wants of it."""
        manual = self._dice.random() < 0.35
        token = self._dice.choices(list(self._outcomes), list(self._outcomes.values()))[0]
        payment, reply = await self.create(_body(self._dice, token, manual=manual))
        if reply.status != 201:
            return
        for step in (self._capture_or_cancel,) if manual else (self._refund,):
            await step(payment, reply.body["amount"])

    async def probe(self) -> bool:
        """An ordinary payment, asked for to see whether it succeeds."""
        return (await self.create(_body(self._dice, "tok_ok", manual=False)))[1].status == 201

    async def create(self, body: dict[str, Any]) -> tuple[str, Reply]:
        key = self._fresh()
        payment = f"pay_{derived_id(MERCHANT, 'POST', '/v1/payments', key).hex}"
        self._seen[payment] = Begun(payment, key, self._now())
        return payment, await self._ask("create", payment, body, key)

    async def _capture_or_cancel(self, payment: str, amount: int) -> None:
        if self._dice.random() < 0.3:
            await self._ask("cancel", payment, {}, self._fresh())
            return
        part = {"amount": amount // 2} if self._dice.random() < 0.5 else {}
        reply = await self._ask("capture", payment, part, self._fresh())
        if reply.status == 200:
            await self._refund(payment, amount)

    async def _refund(self, payment: str, amount: int) -> None:
        """Sometimes; in halves, or the whole twice at once, of which one must be refused."""
        draw = self._dice.random()
        if draw < 0.5:
            return
        wish = {"amount": amount // 2} if draw < 0.75 else {}
        twice = (self._ask("refund", payment, wish, self._fresh()) for _ in range(2))
        await _both(*twice)

    async def _ask(self, verb: str, payment: str, body: dict[str, Any], key: str) -> Reply:
        """The answer; one in eight is asked for by twins, one in eight again afterwards."""
        begun, draw = self._seen[payment], self._dice.random()
        begun.busy += 1
        begun.open_since = self._now() if begun.open_since is None else begun.open_since
        named = None if verb == "create" else payment
        try:
            if draw < 0.125:
                twins = (self._client.command(verb, named, body, key) for _ in range(2))
                return (await _both(*twins))[0]
            reply = await self._client.command(verb, named, body, key)
            if draw < 0.25:
                await self._client.command(verb, named, body, key)
            return reply
        finally:
            begun.busy -= 1

    def _fresh(self) -> str:
        """Of letters: of a key that could be a card number, as one UUID in thousands could, only
        the hash goes on, and the payment's id is not what `create` derives."""
        return "".join(self._dice.choices(ascii_lowercase, k=24))


def _body(dice: Random, token: str, *, manual: bool) -> dict[str, Any]:
    method = {"type": "card", "token": token, "bank": dice.choice(["HDFC", "ICICI", "SBI"])}
    # Never ends in 9xx: these amounts are magic at the simulator.
    amount = dice.randrange(1, 80) * 1_000 + dice.randrange(0, 900)
    body = {"amount": amount, "currency": dice.choice(["EUR", "INR"]), "payment_method": method}
    return body | ({"capture_method": "manual"} if manual else {})


async def _both(one: Awaitable[Reply], other: Awaitable[Reply]) -> tuple[Reply, Reply]:
    return await asyncio.gather(one, other)
