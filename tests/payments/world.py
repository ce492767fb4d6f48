"""Everything around the use cases: virtual time, gateways that follow a script, memory stores, and
as many processes as a test wants, each composed by the same function as the real ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters.codec import MsgspecCodec
from adapters.event_store.memory import MemoryEventStore
from adapters.surroundings import AsyncioBehind, SystemSecrets
from api.composition.core import Ports, compose
from application.contents import Application
from application.installation.in_force import FormatInForce
from application.payments.answers import Answer
from application.payments.commands import (
    CancelPayment,
    CapturePayment,
    CreatePayment,
    Envelope,
    RefundPayment,
)
from domain.api_versions import NEWEST, newest_in
from domain.chain import decode_metadata, verify
from domain.gateway.answers import Answer as GatewayAnswer
from domain.gateway.answers import Captured
from domain.installation.formats import Format
from domain.money import Money
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.method import PaymentMethod
from domain.payment.rules import Rules
from domain.payment.state import New
from domain.payment.view import payment_view
from tests.payments.remote import Line, Remote, Turn
from tests.payments.stores import LogWorkList, ScriptedHotState, ScriptedStore
from tests.payments.story import told
from tests.payments.surroundings import T0, Network, Surroundings

RULES: Final = Rules()
CARD: Final = PaymentMethod(type="card", token="tok_1", brand="visa", last4="4242")


class Process:
    """One process of Interlock with its own name, memory and lines."""

    def __init__(self, world: World, owner: str, *, skew_s: float, rules: Rules) -> None:
        self.owner = owner
        self.surroundings = Surroundings(owner, skew_s)
        self.network = Network(
            [Line(one, owner, world.check_on_record) for one in world.remotes.values()]
        )
        here = self.surroundings
        self.core: Application = compose(
            Ports(
                store=world.store,
                work=world.work,
                gateways=self.network,
                hot=world.hot,
                clock=here,
                ids=here,
                chance=here,
                pause=here,
                turns=here,
                behind=AsyncioBehind(),
                draws=SystemSecrets(),
                owner_is_dead=world.dead.__contains__,
                in_force=world.in_force,
            ),
            owner=owner,
            rules=rules,
            secrets={},
        )
        self.worker = self.core.recovery


class World:
    def __init__(self, *gateways: str) -> None:
        clock = Surroundings("store")
        self.remotes = {name: Remote(name) for name in gateways}
        self.store = ScriptedStore(MemoryEventStore(clock))
        self.hot = ScriptedHotState(clock.monotonic)
        self.work = LogWorkList(self.store)
        self.dead: set[str] = set()
        self.violations: list[str] = []
        self.poisoned: set[str] = set()  # streams that no program can read
        self.in_force = FormatInForce()
        self.api = self.start("api-1")
        self.version = NEWEST  # of the API, that everybody asks for
        self._codec = MsgspecCodec()

    @property
    def alpha(self) -> Remote:
        return self.remotes["alpha"]

    @property
    def beta(self) -> Remote:
        return self.remotes["beta"]

    def start(self, owner: str, *, skew_s: float = 0.0, rules: Rules = RULES) -> Process:
        return Process(self, owner, skew_s=skew_s, rules=rules)

    def in_format(self, number: int) -> None:
        """As in an installation whose format nobody raised beyond this; `in_force` raises it."""
        self.in_force = FormatInForce(Format(number))
        self.version = newest_in(self.in_force.now)
        self.api = self.start("api-1")

    def given(self, **scripts: Sequence[Turn | GatewayAnswer]) -> None:
        """How each gateway takes what is sent to it next."""
        for name, turns in scripts.items():
            self.remotes[name].script(*turns)

    async def create(
        self,
        key: str = "k1",
        *,
        amount: int = 1000,
        manual: bool = False,
        by: Process | None = None,
        **more: Any,
    ) -> Answer:
        command = CreatePayment(
            envelope=_envelope("/v1/payments", key, amount, **{"version": self.version, **more}),
            amount=Money(amount, "EUR"),
            capture_method="manual" if manual else "automatic",
            method=CARD,
            metadata={"order": "7"},
        )
        return await (by or self.api).core.creates.handle(command)

    async def capture(
        self, payment: UUID, amount: int | None = None, *, key: str = "c1", **more: Any
    ) -> Answer:
        by, envelope = self._asked("capture", payment, key, amount, more)
        command = CapturePayment(envelope=envelope, payment=payment, amount=amount)
        return await by.core.changes.capture(command)

    async def cancel(self, payment: UUID, *, key: str = "x1", **more: Any) -> Answer:
        by, envelope = self._asked("cancel", payment, key, None, more)
        return await by.core.changes.cancel(CancelPayment(envelope=envelope, payment=payment))

    async def refund(
        self, payment: UUID, amount: int | None = None, *, key: str = "r1", **more: Any
    ) -> Answer:
        by, envelope = self._asked("refunds", payment, key, amount, more)
        command = RefundPayment(envelope=envelope, payment=payment, amount=amount, reason=None)
        return await by.core.changes.refund(command)

    def _asked(
        self, what: str, payment: UUID, key: str, amount: int | None, more: dict[str, Any]
    ) -> tuple[Process, Envelope]:
        by: Process = more.pop("by", None) or self.api
        more = {"version": self.version, **more}
        return by, _envelope(f"/v1/payments/{payment}/{what}", key, amount, **more)

    async def carry_on(self, payment: UUID, *, by: Process | None = None) -> bool:
        return (await (by or self.api).core.carrying.carry_on(payment)).progressed

    async def recover(self, *, by: Process | None = None, for_s: float) -> None:
        """As the recovery loop, which here sleeps until something is due."""
        until = self.moment(self.now_s + for_s)
        await asyncio.sleep(0.25)
        while (next_at := await self.work.next_at()) is not None and next_at <= until:
            await self.until(next_at)
            for due in await (by or self.api).worker.due(100):
                await (by or self.api).worker.take_up(due)
            await asyncio.sleep(0.25)
        await self.until(until)

    @property
    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def captured(self, reference: str = "ch_1", amount: int = 1000) -> Captured:
        return Captured(reference, Money(amount, "EUR"))

    def in_background(self, asked: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        return asyncio.create_task(asked)

    async def dies_after(self, seconds: float, asked: Coroutine[Any, Any, Answer]) -> UUID:
        """A process is in the middle of this when it dies. Gives the payment."""
        task = self.in_background(asked)
        await self.passes(seconds)
        assert task.cancel(), "it was over before"
        await asyncio.wait({task})
        return (await self.payments())[-1]

    async def payments(self) -> list[UUID]:
        """All that are on record, oldest first."""
        streams = dict.fromkeys(one.stream for one in await self.store.read_all(after=-1))
        return [UUID(one.removeprefix("payment-")) for one in streams if one not in self.poisoned]

    def moment(self, seconds: float) -> datetime:
        """So long after the beginning of the test."""
        return T0 + timedelta(seconds=seconds)

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def until(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - T0).total_seconds() - self.now_s))

    async def facts(self, payment: UUID) -> list[PaymentEvent]:
        """The payment's stream, its chain checked."""
        recorded = await self.store.read_stream(f"payment-{payment}")
        verify(recorded)
        return [
            self._codec.decode(one.type, decode_metadata(one.metadata).version, one.data)
            for one in recorded
        ]

    async def story(self, payment: UUID) -> list[str]:
        return told(await self.facts(payment))

    async def view(self, payment: UUID) -> dict[str, Any]:
        return payment_view(await self._payment(payment))

    async def _payment(self, payment: UUID) -> Any:
        folded = fold(await self.facts(payment))
        assert not isinstance(folded, New)
        return folded

    async def check_on_record(self, process: str, key: UUID, digest: str | None) -> None:
        """Nothing reaches a gateway that is not on record as this process's to send, now. Kept
        until the end: the application survives whatever is raised here."""
        found = [
            one
            for payment in await self.payments()
            for one in (await self._payment(payment)).facts.attempts.values()
            if one.key == key
        ]
        if not found:
            self.violations.append(f"{key} was sent before it was recorded")
        for attempt in found:
            if not attempt.is_open:
                self.violations.append(f"{key} was asked for although it is settled")
            if attempt.owner != process:
                self.violations.append(f"{key} of {attempt.owner} was asked for by {process}")
            if digest not in (None, attempt.started.request_hash):
                self.violations.append(f"{key} was sent as other bytes than recorded")

    async def close(self) -> None:
        """Checks what must hold after every story."""
        self.store.heals()
        assert self.violations == []
        for remote in self.remotes.values():
            assert max(remote.moved.values(), default=0) <= 1, "the same key moved money twice"
        for payment in await self.payments():
            await self._payment(payment)
        await self.store.aclose()


def body_of(answer: Answer) -> Any:
    return json.loads(answer.body)


def _envelope(
    path: str,
    key: str,
    amount: int | None,
    *,
    merchant: str = "alma",
    fingerprint: str = "",
    version: str,
) -> Envelope:
    return Envelope(
        merchant=merchant,
        path=path,
        key=key,
        fingerprint=fingerprint or f"{path} {amount}",
        api_version=version,
    )
