"""The whole API in this process: memory stores, instant gateways, two merchants, and a client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from adapters.codec import MsgspecCodec
from adapters.event_store.memory import MemoryEventStore
from adapters.gateways.examples import simulator_gateways
from adapters.gateways.registry import ConfiguredGateways
from adapters.hot_state.memory import MemoryHotState
from adapters.read_models.feed import feed_from
from adapters.read_models.memory.queries import MemoryQueries
from adapters.read_models.memory.store import MemoryReadModels
from adapters.read_models.memory.waits import MemoryWaits
from adapters.read_models.memory.work_list import MemoryWorkList
from adapters.surroundings import SystemClock
from api.composition.core import Ports, compose
from api.composition.process import system_ports
from api.health.checks import Checks
from api.http.app import create_app
from api.http.dependencies import Hint, Services, services_over
from application.contents import Application
from application.installation.in_force import FormatInForce
from application.merchants.register import Merchants
from application.notices.receive import Received
from application.notices.signature import SigningSecret
from application.operators.register import Operators
from domain.log import BEFORE_FIRST, RecordedEvent
from domain.operator.events import OperatorRegistered
from domain.payment.rules import Rules
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from tests.api.staged import Stage, staged

NOTICE_SECRET: Final = "whsec_c2VjcmV0IG9mIHRoZSBzaW11bGF0b3I="
STORE_ID: Final = "memory"
OPERATORS: Final = ("anna", "zoe")
CREATE: Final[Mapping[str, Any]] = {
    "amount": 1999,
    "currency": "EUR",
    "payment_method": {"type": "card", "token": "tok_ok"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    app: FastAPI
    client: httpx.AsyncClient
    store: MemoryEventStore
    hot: MemoryHotState
    stage: Stage
    core: Application
    tokens: Mapping[str, str]  # keys by merchant or operator
    hinted: list[UUID]

    def headers(self, key: str | None = None, *, merchant: str = "alma") -> dict[str, str]:
        found = {"Authorization": f"Bearer {self.tokens[merchant]}"}
        return found if key is None else found | {"Idempotency-Key": key}

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str,
        merchant: str = "alma",
        version: str | None = None,
    ) -> httpx.Response:
        headers = self.headers(key, merchant=merchant) | _asking(version)
        return await self.client.post(path, json=body, headers=headers)

    async def create(self, key: str = "k1", *, merchant: str = "alma", **more: Any) -> Any:
        """A payment as its creation was answered."""
        body = {**CREATE, **more}
        answer = await self.post("/v1/payments", body, key=key, merchant=merchant)
        return answer.json()

    async def get(
        self, path: str, *, merchant: str = "alma", version: str | None = None, **query: str | int
    ) -> httpx.Response:
        headers = self.headers(merchant=merchant) | _asking(version)
        return await self.client.get(path, params=query, headers=headers)

    async def log(self) -> list[RecordedEvent]:
        return await self.store.read_all(after=BEFORE_FIRST)


def _asking(version: str | None) -> dict[str, str]:
    return {} if version is None else {"Interlock-Version": version}


@asynccontextmanager
async def open_shop(
    *,
    projecting: bool = True,
    rules: Rules | None = None,
    in_force: FormatInForce | None = None,
) -> AsyncIterator[Shop]:
    stage = Stage()
    gateways = ConfiguredGateways(simulator_gateways("http://simulator"), make=staged(stage))
    hot = MemoryHotState(time.monotonic)
    clock = SystemClock()
    store = MemoryEventStore(clock)
    read_models = MemoryReadModels()
    ports = system_ports(
        store=store,
        work=MemoryWorkList(read_models),
        gateways=gateways,
        hot=hot,
        in_force=in_force or FormatInForce(),
    )
    core = compose(
        ports,
        owner="test",
        rules=rules or Rules(),
        secrets={"stripe": (SigningSecret.read(NOTICE_SECRET),)},
    )
    hinted: list[UUID] = []
    services = _services(core, ports, read_models)
    app = create_app(replace(services, hint=_noting(hinted)))
    tokens = await _keys(core, ports.in_force)
    tasks = _project(store, read_models) if projecting else []
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://interlock") as client:
        yield Shop(
            app=app,
            client=client,
            store=store,
            hot=hot,
            stage=stage,
            core=core,
            tokens=tokens,
            hinted=hinted,
        )
    stage.release()
    await app.state.api.drain()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await store.aclose()


def _services(core: Application, ports: Ports, read_models: MemoryReadModels) -> Services:
    return services_over(
        core,
        queries=MemoryQueries(read_models),
        waits=MemoryWaits(read_models),
        log=ports.store,
        gateways=ports.gateways,
        clock=ports.clock,
        store_id=STORE_ID,
        checks=Checks(),
        metrics=CollectorRegistry(),
    )


def _noting(hinted: list[UUID]) -> Hint:
    """Nobody looks: a test sees what would be looked at."""

    async def hint(received: Received) -> bool:
        if received.payment is not None:
            hinted.append(received.payment)
        return True

    return hint


async def _keys(core: Application, in_force: FormatInForce) -> dict[str, str]:
    found = {one: await _registered(core.merchants, one) for one in ("alma", "basil")}
    if in_force.now.allows(OperatorRegistered):
        found |= {one: await _appointed(core.operators, one) for one in OPERATORS}
    return found


async def _registered(merchants: Merchants, merchant: str) -> str:
    await merchants.register(merchant, name=merchant.title(), actor="test")
    return (await merchants.issue_key(merchant, actor="test")).text


async def _appointed(operators: Operators, operator: str) -> str:
    await operators.register(operator, name=operator.title(), actor="test")
    return (await operators.issue_key(operator, actor="test")).text


def _project(store: MemoryEventStore, read_models: MemoryReadModels) -> list[asyncio.Task[None]]:
    codec = MsgspecCodec()
    feed = feed_from(lambda after: store.subscribe(after=after))
    return [
        asyncio.create_task(Runner(make(store, codec), read_models).run(feed))
        for make in PROJECTIONS.values()
    ]
