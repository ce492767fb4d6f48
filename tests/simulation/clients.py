"""Clients with diaries: they ask, lose answers, ask again, change their minds, and try what they
must not. What a client wrote down is a witness; nothing here looks into the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final
from uuid import UUID

from domain.api_versions import V2026_12_01
from tests.simulation.calls import Call, Said
from tests.simulation.kernel import Home, sleep
from tests.simulation.processes import Process, World

TRIP_S: Final = 0.01
PATIENCE_S: Final = 15.0
REPEATS_MAX: Final = 6
MERCHANTS: Final = ("mer_one", "mer_two")
CURRENCIES: Final = ("EUR", "INR", "JPY", "BHD")


class Diary:
    """Sends calls to the API servers and writes down what became of them."""

    def __init__(self, world: World, servers: list[Process], home: Home) -> None:
        self.world, self.servers, self.home = world, servers, home
        self.asked: dict[Call, None] = {}
        self._versions = world.faults.apart("client_newer")
        self._told: dict[tuple[str, UUID], int] = {}  # newest position heard of a payment

    async def ask(self, call: Call) -> Said | None:
        """None where no answer came. A get asks for what its merchant was told, or newer."""
        world, kernel = self.world, self.world.kernel
        about = (call.merchant, call.payment or call.envelope.id)
        if call.verb == "get" and about in self._told:
            call = replace(call, body={"at_least": self._told[about]})
        number = world.witness.next_call()
        server = world.random.choice(self.servers)
        world.witness.note(
            "asked", call=number, merchant=call.merchant, verb=call.verb,
            payment=None if call.payment is None else str(call.payment),
            key=call.key, body=None if call.body is None else dict(call.body),
            process=server.name,
        )  # fmt: skip
        if call.key is not None:
            self.asked[call] = None
        answer = kernel.future()
        if not world.faults.hits("client_unheard"):
            sent = replace(call, version=V2026_12_01) if self._newer() else call
            kernel.at(TRIP_S * world.random.random(), self._arrive, (server, sent, answer.set))
        patience_s = PATIENCE_S
        if world.faults.hits("client_impatient"):
            patience_s *= world.random.random() ** 2
        heard = await kernel.within(answer, patience_s)
        said: Said | None = answer.value if heard else None
        if said is None or world.faults.hits("client_cut_off"):
            world.witness.note("lost", call=number)
            return None
        world.witness.note(
            "answered", call=number, status=said.status, body=said.body,
            replayed=said.replayed, position=said.position,
        )  # fmt: skip
        if said.position is not None:
            self._told[about] = max(said.position, self._told.get(about, -1))
        return said

    def _newer(self) -> bool:
        """Drawn by a chance of its own: whoever asks in which version moves nothing else."""
        happens = self._versions.random() < self.world.faults.rates["client_newer"]
        if happens:
            happened = self.world.faults.happened
            happened["client_newer"] = happened.get("client_newer", 0) + 1
        return happens

    async def insist(self, call: Call) -> Said | None:
        """Asks again with the same key until there is an answer that is the key's."""
        for _ in range(REPEATS_MAX):
            said = await self.ask(call)
            if said is not None and not _again(said):
                return said
            await sleep(self.world.random.random() * 4.0)
        return None

    @staticmethod
    def _arrive(what: tuple[Process, Call, Any]) -> None:
        server, call, answer = what
        server.call(call, answer)


class Client:
    """Everybody who has to do with one payment, as drawn."""

    def __init__(self, diary: Diary, random: Random, number: int) -> None:
        self._diary, self._random, self._number = diary, random, number
        self.merchant = MERCHANTS[random.random() < 0.2]
        self._manual = random.random() < 0.45
        self._amount = random.choice((1, 500, 1_000, 12_345))
        self._create = Call(
            merchant=self.merchant,
            verb="create",
            key=f"order-{number}",
            body=_body(self._amount, random.choice(CURRENCIES), manual=self._manual),
        )
        self.payment: UUID = self._create.envelope.id

    def start(self) -> None:
        """Everybody at once; who asks too early gets to hear it."""
        chance = self._random.random
        self._spawn(self._buy(self._create, chance() * 5.0))
        if chance() < 0.2:  # a twin
            self._spawn(self._buy(self._create, chance() * 8.0))
        if chance() < 0.1:
            self._spawn(self._other_body(chance() * 20.0))
        if chance() < 0.3:
            self._spawn(self._insist("cancel", None, chance() ** 2 * 60.0))
        if chance() < 0.1:
            self._spawn(self._stranger(chance() * 30.0))
        wishes = ("capture", "capture", "cancel") if self._manual else ("refund", "refund")
        for _ in range(self._random.choice((0, 1, 1, 2, 3, 4))):
            self._spawn(self._wish(self._random.choice((*wishes, "refund")), chance() * 60.0))

    def _spawn(self, coroutine: Any) -> None:
        self._diary.world.kernel.spawn(coroutine, self._diary.home)

    async def _buy(self, call: Call, after_s: float) -> None:
        await sleep(after_s)
        said = await self._diary.insist(call)
        if said is None or said.status != 202:
            return
        for _ in range(self._random.choice((0, 1, 3))):
            await sleep(self._random.random() * 15.0)
            await self._diary.ask(Call(merchant=call.merchant, verb="get", payment=self.payment))
        if self._random.random() < 0.5:
            await self._diary.ask(call)

    async def _other_body(self, after_s: float) -> None:
        await sleep(after_s)
        body = {**(self._create.body or {}), "amount": self._amount + 1}
        changed = Call(merchant=self.merchant, verb="create", key=self._create.key, body=body)
        await self._diary.ask(changed)

    async def _stranger(self, after_s: float) -> None:
        """Another merchant, with this payment's id or this merchant's key."""
        await sleep(after_s)
        other = MERCHANTS[self.merchant == MERCHANTS[0]]
        verb = self._random.choice(("get", "refund", "cancel", "capture", "create"))
        body: Mapping[str, Any] | None = None if verb == "get" else {}
        payment: UUID | None = self.payment
        key = None if verb == "get" else f"stranger-{self._number}"
        if verb == "create":
            payment, key, body = None, self._create.key, self._create.body
        call = Call(merchant=other, verb=verb, payment=payment, key=key, body=body)
        await self._diary.ask(call)

    async def _insist(self, verb: str, amount: int | None, after_s: float) -> None:
        await sleep(after_s)
        key = f"{verb}-{self._number}-{self._random.randrange(1_000_000)}"
        body = {} if amount is None else {"amount": amount}
        call = Call(merchant=self.merchant, verb=verb, payment=self.payment, key=key, body=body)
        if self._random.random() < 0.15:
            self._spawn(self._diary.ask(call))  # a twin
        said = await self._diary.insist(call)
        if said is not None and self._random.random() < 0.2:
            await sleep(self._random.random() * 30.0)
            await self._diary.ask(call)

    async def _wish(self, verb: str, after_s: float) -> None:
        """An amount that fits, or that only fits once, or all that is left."""
        parts = (None, None, self._amount, max(1, self._amount // 2), max(1, self._amount // 3))
        amount = None if verb == "cancel" else self._random.choice((*parts, self._amount + 1))
        await self._insist(verb, amount, after_s)


async def read_in_the_end(diary: Diary) -> None:
    """Everybody asks everything once more, and then how things are."""
    for call in list(diary.asked):
        await diary.insist(call)
    creates = [call for call in diary.asked if call.verb == "create"]
    for payment, merchant in {one.envelope.id: one.merchant for one in creates}.items():
        for one in MERCHANTS:
            if one == merchant or diary.world.random.random() < 0.2:
                await diary.ask(Call(merchant=one, verb="get", payment=payment))


def _again(said: Said) -> bool:
    """Not the key's last word."""
    if said.status in (503, 429):
        return True
    return said.status == 409 and said.field("code") in ("in_progress", "conflict")


def _body(amount: int, currency: str, *, manual: bool) -> Mapping[str, Any]:
    capture = "manual" if manual else "automatic"
    return {"amount": amount, "currency": currency, "capture_method": capture}
