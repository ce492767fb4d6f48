"""Live the lives: ask, repeat under the same key, ask twice at once, and look again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any, Final

from tests.crash.client import Client, NeverAnswered, Reply
from tests.storm.lives import Life, fresh_key

TWINS, AGAIN = 0.125, 0.25
DECIDED_S_MAX: Final = 30.0  # a customer looks so long whether a charge stands before it goes on
LOOK_EVERY_S: Final = 1.0
UNDECIDED: Final = frozenset({"processing", "pending_verification"})


class Customers:
    """`begun`: the lives so far. `commands`: (verb, payment or None, body, key) of all that were
    asked for until they were answered, to be asked for again."""

    def __init__(self, client: Client, lives: Iterator[Life], dice: Random) -> None:
        self._client, self._lives, self._dice = client, lives, dice
        self.begun: list[Life] = []
        self.commands: list[tuple[str, str | None, dict[str, Any], str]] = []

    async def live(self) -> None:
        """One more life."""
        life = next(self._lives)
        self.begun.append(life)
        if life.careless:
            await self._client.once("create", None, life.body(), life.key)
            return
        with suppress(NeverAnswered):  # noted by the client, and judged
            await self._live(life)

    async def repeat(self, number: int) -> None:
        with suppress(NeverAnswered):
            await self._client.command(*self.commands[number])

    async def _live(self, life: Life) -> None:
        reply = await self._ask("create", None, life.body(), life.key)
        if life.kind == "charge" or reply.status not in (201, 202):
            return
        await self._is_decided(life)
        if life.kind == "void":
            await self._ask("cancel", life.payment, {}, fresh_key(self._dice))
            return
        if life.kind == "capture":
            part = self._dice.random() < 0.4
            wish = {"amount": life.amount // 2} if part else {}
            await self._ask("capture", life.payment, wish, fresh_key(self._dice))
            if self._dice.random() < 0.7:
                return
        wish = {"amount": life.amount // 3} if self._dice.random() < 0.5 else {}
        count = 2 if self._dice.random() < 0.3 else 1
        keys = [fresh_key(self._dice) for _ in range(count)]
        await asyncio.gather(*(self._ask("refund", life.payment, wish, key) for key in keys))

    async def _ask(self, verb: str, payment: str | None, body: dict[str, Any], key: str) -> Reply:
        self.commands.append((verb, payment, body, key))
        draw = self._dice.random()
        if draw < TWINS:
            twins = (self._client.command(verb, payment, body, key) for _ in range(2))
            return (await asyncio.gather(*twins))[0]
        reply = await self._client.command(verb, payment, body, key)
        if draw < AGAIN:
            await self._client.command(verb, payment, body, key)
        return reply

    async def _is_decided(self, life: Life) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DECIDED_S_MAX):
                while True:
                    reply = await self._client.get(life.payment)
                    known = reply is not None and reply.status == 200
                    if reply and known and reply.body["status"] not in UNDECIDED:
                        return
                    await asyncio.sleep(LOOK_EVERY_S)
