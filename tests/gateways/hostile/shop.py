"""The whole orchestration between two gateways of the hostile kind, in virtual time: one payment,
one behaviour, and what became of it hours later by the view and by the books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from adapters.event_store.memory import MemoryEventStore
from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.http import HttpGateway
from adapters.gateways.registry import ConfiguredGateways
from adapters.surroundings import AsyncioBehind, SystemSecrets
from api.composition.core import Ports, compose
from application.contents import Application
from application.notices.signature import SignedNotice, SigningSecret
from application.payments.commands import (
    CancelPayment,
    CapturePayment,
    CreatePayment,
    Envelope,
    RefundPayment,
)
from domain.api_versions import NEWEST
from domain.money import Money
from domain.payment.method import PaymentMethod
from domain.payment.rules import Rules
from domain.payment.view import payment_view
from tests.gateways.hostile.books import Charge
from tests.gateways.hostile.notices import signed
from tests.gateways.hostile.server import Hostile
from tests.payments.stores import LogWorkList, ScriptedHotState, ScriptedStore
from tests.payments.surroundings import Surroundings

AMOUNT: Final = 5_000
NAMES: Final = ("alpha", "beta")
LATENESS_S: Final = 30.0
CALM_S: Final = 4 * 3600.0
SECRET: Final = SigningSecret(b"hostile")
RULES: Final = Rules(review_after=timedelta(hours=2))
FOLLOWED_AFTER_S: Final = 60.0
POLL_S: Final = 20.0
DUE_MAX: Final = 100
NOTICE_EVERY_S: Final = 60.0
NOTICES_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """`statuses`: of the answers to the commands, in order."""

    view: dict[str, Any]
    statuses: list[int]
    charges: list[Charge]  # in the books, of this payment
    recorded: str  # the bodies of its events, as they are in the log


def settings_of(url: str, name: str, **other: Any) -> GatewaySettings:
    """As an operator declares it: true but for lies."""
    entry = {
        "name": name,
        "base_url": f"{url}/{name}",
        "account": f"acct_{name}",
        "methods": ["card"],
        "manual_capture": True,
        "several_captures": True,
        "remainder": "kept",
        "refunds": True,
        "look_up": True,
        "absence_final": True,
        "cancel_by_key": True,
        "authorization_lifetime_s": 7 * 86_400,
        "key_lifetime_s": 86_400,
        "lateness_s": LATENESS_S,
        "priority": NAMES.index(name) if name in NAMES else 9,
    }
    return GatewaySettings.model_validate(entry | other)


class Shop:
    def __init__(self, hostile: Hostile, gateways: ConfiguredGateways, clock: Surroundings) -> None:
        self.hostile = hostile
        self._clock = clock
        self._store = ScriptedStore(MemoryEventStore(clock))
        self._work = LogWorkList(self._store)
        self.core: Application = compose(
            Ports(
                store=self._store,
                work=self._work,
                gateways=gateways,
                hot=ScriptedHotState(clock.monotonic),
                clock=clock,
                ids=clock,
                chance=clock,
                pause=clock,
                turns=clock,
                behind=AsyncioBehind(),
                draws=SystemSecrets(),
            ),
            owner="shop",
            rules=RULES,
            secrets=dict.fromkeys(NAMES, (SECRET,)),
        )

    async def lives(self, kind: str, token: str) -> End:
        """A payment whose `kind` is asked for, and what it has become after a long calm."""
        key = f"{kind} {token}"
        created = await self.core.creates.handle(self._create(key, token, manual=kind in MANUAL))
        statuses = [created.status]
        await asyncio.sleep(FOLLOWED_AFTER_S)
        if kind != "charge":
            statuses.append(await self._follow(key, kind, created.payment))
        await asyncio.sleep(CALM_S)
        return await self._end(created.payment, statuses)

    async def recovers(self) -> None:
        """As the recovery loop of a worker."""
        while True:
            due = await self.core.recovery.due(DUE_MAX)
            await asyncio.gather(*(self.core.recovery.take_up(one) for one in due))
            next_at = await self._work.next_at()
            wait_s = (next_at - self._clock.now()).total_seconds() if next_at else POLL_S
            await asyncio.sleep(min(max(wait_s, 0.25), POLL_S))

    async def notified(self, notice: dict[str, Any]) -> None:
        """As the route takes it: told again until it was looked into, within bounds."""
        for _ in range(NOTICES_MAX):
            at_s = int(self._clock.now().timestamp())
            headers, body = signed(SECRET.key, notice, at_s)
            received = await self.core.notices.receive(
                notice["gateway"],
                SignedNotice(
                    id=headers["webhook-id"],
                    timestamp=headers["webhook-timestamp"],
                    signatures=headers["webhook-signature"],
                    body=body,
                ),
            )
            if await self.core.hints.follow(received):
                return
            await asyncio.sleep(NOTICE_EVERY_S)

    def _create(self, key: str, token: str, *, manual: bool) -> CreatePayment:
        return CreatePayment(
            envelope=_envelope("/v1/payments", key),
            amount=Money(AMOUNT, "INR"),
            capture_method="manual" if manual else "automatic",
            method=PaymentMethod(type="card", token=token),
            metadata={},
        )

    async def _follow(self, key: str, kind: str, payment: UUID) -> int:
        path = {"capture": "capture", "void": "cancel", "refund": "refunds"}[kind]
        envelope = _envelope(f"/v1/payments/{payment}/{path}", key)
        changes = self.core.changes
        if kind == "capture":
            capture = CapturePayment(envelope=envelope, payment=payment, amount=None)
            return (await changes.capture(capture)).status
        if kind == "void":
            return (await changes.cancel(CancelPayment(envelope=envelope, payment=payment))).status
        refund = RefundPayment(envelope=envelope, payment=payment, amount=None, reason=None)
        return (await changes.refund(refund)).status

    async def _end(self, payment: UUID, statuses: list[int]) -> End:
        loaded = await self.core.desk.log.load(payment)
        recorded = await self._store.read_stream(f"payment-{payment}")
        charges = self.hostile.books.charges.values()
        return End(
            view=payment_view(loaded.payment),
            statuses=statuses,
            charges=[one for one in charges if UUID(one.payment) == payment],
            recorded="\n".join(one.data.decode() for one in recorded),
        )


MANUAL: Final = ("capture", "void")


def _envelope(path: str, key: str) -> Envelope:
    return Envelope(merchant="alma", path=path, key=key, fingerprint=path, api_version=NEWEST)


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    clock = Surroundings("shop")
    hostile = Hostile(None, now=clock.monotonic)
    await hostile.start()
    gateways = ConfiguredGateways(
        [settings_of(hostile.url, name) for name in NAMES],
        make=lambda one: HttpGateway(one, monotonic=clock.monotonic, now=clock.now),
    )
    shop = Shop(hostile, gateways, clock)
    hostile.notify = shop.notified
    recovering = asyncio.create_task(shop.recovers())
    try:
        yield shop
    finally:
        recovering.cancel()
        await asyncio.wait({recovering})
        await hostile.stop()
        await gateways.aclose()
