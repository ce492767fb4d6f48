"""A gateway that hangs, with 400 payments of unknown outcome, does not hold up another: the use
cases, the read side and the recovery loop of a worker over two HTTP gateways, in one process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.event_store.memory import MemoryEventStore
from adapters.gateways.registry import ConfiguredGateways
from adapters.hot_state.memory import MemoryHotState
from adapters.read_models.feed import feed_from
from adapters.read_models.memory.store import MemoryReadModels
from adapters.read_models.memory.work_list import MemoryWorkList
from adapters.surroundings import SystemClock
from api.composition.core import compose
from api.composition.process import system_ports
from api.processes import recovery_loop
from api.processes.recovery_loop import keep_recovering
from application.contents import Application
from application.installation.in_force import FormatInForce
from application.payments.commands import CreatePayment, Envelope
from domain.api_versions import NEWEST
from domain.money import Money
from domain.payment.method import PaymentMethod
from domain.payment.rules import Rules
from domain.payment.state import Captured
from projections.recovery import RECOVERY, Recovery
from projections.runner import Runner
from tests.gateways.stub import (
    EndOfConnection,
    Received,
    Stub,
    charge_answer,
    held_answer,
    json_answer,
    running_stub,
)

HANGING: Final = 400
HEALTHY: Final = 20
SHARE: Final = 16
PATIENCE_S: Final = 60.0
# So short that the test need not wait: nothing here depends on how long it is.
RULES: Final = Rules(verify_first=timedelta(milliseconds=20))


@dataclass(slots=True)
class Fair:
    """`alpha` takes euros, `beta` rupees. Both break each connection over which they were asked for
    a charge, which they take. `alpha` hangs until `release`; `looked`: a recovery waits there."""

    core: Application
    rows: MemoryReadModels
    alpha: Stub
    beta: Stub
    release: asyncio.Event
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def create(self, number: int, currency: str) -> UUID:
        envelope = Envelope(
            merchant="alma",
            path="/v1/payments",
            key=f"{currency} {number}",
            fingerprint=currency,
            api_version=NEWEST,
        )
        answer = await self.core.creates.handle(
            CreatePayment(
                envelope=envelope,
                amount=Money(5_000, currency),
                capture_method="automatic",
                method=PaymentMethod(type="card", token="tok_1"),
                metadata={},
            )
        )
        assert answer.status == 202, answer.body
        return answer.payment

    async def is_captured(self, payment: UUID) -> bool:
        return isinstance((await self.core.desk.log.load(payment)).payment, Captured)

    def waiting(self) -> dict[str, str | None]:
        """The gateway that each stream waits for, by the work list."""
        return {row["stream"]: row["waits_for"] for row in self.rows.rows(RECOVERY)}

    async def all_captured(self, payments: list[UUID]) -> None:
        """As soon as they need nobody any more."""
        streams = {f"payment-{one}" for one in payments}
        async with asyncio.timeout(PATIENCE_S):
            while streams & self.waiting().keys():  # noqa: ASYNC110 - rows tell nobody
                await asyncio.sleep(0.02)
        assert all([await self.is_captured(one) for one in payments])


def answering(currency: str) -> Any:
    return json_answer(lambda asked: charge_answer(asked.key, currency=currency))


@asynccontextmanager
async def open_fair() -> AsyncIterator[Fair]:
    async with AsyncExitStack() as stack:
        alpha, beta = [await stack.enter_async_context(running_stub()) for _ in range(2)]
        settings = [
            alpha.settings(name="alpha", currencies=["EUR"], connections_max=1_000),
            beta.settings(name="beta", currencies=["INR"]),
        ]
        gateways = ConfiguredGateways(settings)
        stack.push_async_callback(gateways.aclose)
        store, rows = MemoryEventStore(SystemClock()), MemoryReadModels()
        stack.push_async_callback(store.aclose)
        ports = system_ports(
            store=store,
            work=MemoryWorkList(rows),
            gateways=gateways,
            hot=MemoryHotState(time.monotonic),
            in_force=FormatInForce(),
        )
        core = compose(ports, owner="worker-1", rules=RULES, secrets={})
        fair = Fair(core, rows, alpha, beta, asyncio.Event())
        stack.callback(fair.release.set)
        _behave(fair)
        feed = feed_from(lambda after: store.subscribe(after=after))
        projecting = asyncio.create_task(Runner(Recovery(), rows).run(feed))
        recovering = asyncio.create_task(keep_recovering(core.recovery, share=SHARE))
        try:
            yield fair
        finally:
            fair.release.set()
            for task in (projecting, recovering):
                task.cancel()
            await asyncio.wait({projecting, recovering})


def _behave(fair: Fair) -> None:
    hanging = held_answer(fair.release, answering("EUR"))

    async def alpha(asked: Received, writer: asyncio.StreamWriter) -> None:
        if asked.method == "POST":
            raise EndOfConnection
        fair.looked.set()
        await hanging(asked, writer)

    async def beta(asked: Received, writer: asyncio.StreamWriter) -> None:
        if asked.method == "POST":
            raise EndOfConnection
        await answering("INR")(asked, writer)

    fair.alpha.handle, fair.beta.handle = alpha, beta


async def test_recovery_at_a_healthy_gateway_goes_on_while_another_one_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery_loop, "LOOK_EVERY_S", 0.01)
    async with open_fair() as fair:
        hanging = await asyncio.gather(*(fair.create(one, "EUR") for one in range(HANGING)))
        async with asyncio.timeout(PATIENCE_S):
            await fair.looked.wait()
        healthy = await asyncio.gather(*(fair.create(one, "INR") for one in range(HEALTHY)))

        await fair.all_captured(healthy)

        assert not [one for one in hanging if await fair.is_captured(one)]
        waiting = fair.waiting()
        assert {waiting.get(f"payment-{one}") for one in hanging} == {"alpha"}
        fair.release.set()
        await fair.all_captured(hanging)
