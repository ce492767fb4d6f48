"""The calls that are measured: a raw append, a create through the use case, a create over HTTP."""

from __future__ import annotations

from itertools import count
from typing import Any, Final
from uuid import uuid4

import aiohttp

from application.contents import Application
from application.payments.commands import CreatePayment, Envelope
from application.ports.event_store import EventStore
from domain.api_versions import newest_in
from domain.log import NO_STREAM, NewEvent
from domain.money import Money
from domain.payment.method import PaymentMethod
from tests.bench.load import Call

RAW_EVENT_BYTES: Final = 450  # about what a payment's event and its metadata take
RAW_EVENTS: Final = 4
BODY: Final[dict[str, Any]] = {
    "amount": 4_200,
    "currency": "EUR",
    "payment_method": {"type": "card", "token": "tok_ok", "bank": "HDFC"},
    "metadata": {"order": "bench"},
}


class UnexpectedAnswer(Exception):
    """Something else than a payment that succeeded."""


def raw_append(store: EventStore) -> Call:
    """Four events to a new stream: as much as one payment writes."""
    body = b'{"bench":"' + b"x" * RAW_EVENT_BYTES + b'"}'

    async def call() -> None:
        events = [
            NewEvent(id=uuid4(), type="Benchmarked", data=body, metadata=b"{}")
            for _ in range(RAW_EVENTS)
        ]
        await store.append(f"settlement-{uuid4()}", NO_STREAM, events)

    return call


def create_in_process(core: Application) -> Call:
    async def call() -> None:
        envelope = Envelope(
            merchant="bench",
            path="/v1/payments",
            key=uuid4().hex,
            fingerprint="0" * 64,
            api_version=newest_in(core.desk.format),
        )
        command = CreatePayment(
            envelope=envelope,
            amount=Money(BODY["amount"], BODY["currency"]),
            capture_method="automatic",
            method=PaymentMethod(**BODY["payment_method"]),
            metadata=BODY["metadata"],
        )
        answer = await core.creates.handle(command)
        if answer.status != 201:
            raise UnexpectedAnswer(f"{answer.status} {answer.body[:200]!r}")

    return call


def create_over_http(session: aiohttp.ClientSession, url: str, api_key: str) -> Call:
    run, numbers = uuid4().hex, count()
    authorization = f"Bearer {api_key}"

    async def call() -> None:
        headers = {"Authorization": authorization, "Idempotency-Key": f"{run}-{next(numbers)}"}
        async with session.post(f"{url}/v1/payments", json=BODY, headers=headers) as answer:
            body = await answer.read()
            if answer.status != 201:
                raise UnexpectedAnswer(f"{answer.status} {body[:200]!r}")

    return call
