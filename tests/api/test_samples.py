"""The examples of the document are what the API answers: each is asked for, and compared."""

from __future__ import annotations

import json
from typing import Any, Final

from api.composition.health import EVENT_LOG, READ_MODELS
from api.health.checks import Check
from api.http import samples
from api.http.problems import response_to
from api.http.routes.health import OPERATIONS as OF_HEALTH
from application.ports.event_store import FateUnknown
from tests.api.shop import Shop

# Drawn, or read from the clock: no example can foretell them.
DRAWN: Final = frozenset({"id", "payment", "created_at", "request_id", "gateway"})


async def test_a_payment_and_its_refund(shop: Shop) -> None:
    payment = await shop.post("/v1/payments", samples.CREATE, key="k1")
    refunds = f"/v1/payments/{payment.json()['id']}/refunds"
    refund = await shop.post(refunds, samples.REFUND_REQUEST, key="k2")

    assert told(payment.json()) == told(samples.PAYMENT)
    assert told(refund.json()) == told(samples.REFUND)


async def test_a_payment_whose_gateway_said_nothing(shop: Shop) -> None:
    shop.stage.is_silent = True
    payment = await shop.post("/v1/payments", samples.CREATE, key="k1")

    assert (payment.status_code, told(payment.json())) == (202, told(samples.PENDING))


async def test_a_decline(shop: Shop) -> None:
    method = {**samples.CREATE["payment_method"], "token": "tok_insufficient_funds"}
    answer = await shop.post("/v1/payments", {**samples.CREATE, "payment_method": method}, key="k1")

    assert told(answer.json()) == told(samples.DECLINED)


async def test_a_refund_of_more_than_is_left(shop: Shop) -> None:
    payment = await shop.create(amount=500)
    refunds = f"/v1/payments/{payment['id']}/refunds"
    answer = await shop.post(refunds, {"amount": 1999}, key="k2")

    assert told(answer.json()) == told(samples.REFUSED)


async def test_a_body_that_is_not_valid(shop: Shop) -> None:
    answer = await shop.post("/v1/payments", {**samples.CREATE, "amount": 0}, key="k1")

    assert told(answer.json()) == told(samples.INVALID)


def test_an_append_of_which_nobody_knows() -> None:
    answer = response_to(FateUnknown("payment-1"), "req_1")

    assert told(json.loads(bytes(answer.body))) == told(samples.UNKNOWN_FATE)


async def test_whether_a_process_is_ready(shop: Shop) -> None:
    away = EVENT_LOG

    def check(name: str) -> Check:
        async def answers() -> None:
            if name == away:
                raise ConnectionError

        return answers

    checks = shop.app.state.api.services.checks
    checks.needed[EVENT_LOG], checks.wanted[READ_MODELS] = check(EVENT_LOG), check(READ_MODELS)
    (documented,) = (one.docs["responses"] for one in OF_HEALTH if one.name == "is_ready")
    examples = [documented[one]["content"]["application/json"]["example"] for one in ("503", "200")]
    answers = [(await shop.client.get("/readyz")).json()]
    away = READ_MODELS
    answers.append((await shop.client.get("/readyz")).json())

    assert answers == examples


def told(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in DRAWN}
