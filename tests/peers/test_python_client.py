"""A client that a generator makes from the OpenAPI document charges and looks."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.processes.embedded import Embedded
from tests.api.shop import open_shop
from tests.peers.readme import create_body
from tests.support.peers import Peers, run

pytestmark = [pytest.mark.slow, pytest.mark.peers]


def test_the_generated_client_charges_and_looks(
    peers: Peers, interlock: Embedded, api_key: str, client: httpx.Client, tmp_path: Path
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(client.get("/openapi.json").text)
    peers.tool(
        "openapi-python-client", "generate", "--path", document, "--meta", "none",
        "--output-path", tmp_path / "generated", "--fail-on-warning",
    )  # fmt: skip

    arguments = (tmp_path, interlock.url, api_key, "generated-client-1")
    body = create_body()
    told = json.loads(peers.told("generated_client", *arguments, given=json.dumps(body)))

    assert (told["made"]["status"], told["made"]["amount"]) == ("succeeded", body["amount"])
    headers = {"Idempotency-Key": "generated-client-1"}
    assert same(told["made"], client.post("/v1/payments", json=body, headers=headers).json())
    assert same(told["seen"], client.get(f"/v1/payments/{told['made']['id']}").json())


def test_the_readmes_request_is_of_the_clients_types(peers: Peers, tmp_path: Path) -> None:
    """And one with a member that is misspelt is not."""
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(asyncio.run(our_document())))
    peers.tool(
        "openapi-python-client", "generate", "--path", document, "--meta", "none",
        "--output-path", tmp_path / "generated", "--fail-on-warning",
    )  # fmt: skip
    (tmp_path / "right.py").write_text(typed(create_body()))
    # What the generator wrote itself is not for us to type: only how it is used.
    ours_only = ("--strict", "--follow-imports=silent")
    checked = (sys.executable, "-m", "mypy", "--config-file=", "--no-incremental", *ours_only)
    run([*checked, "right.py"], folder=tmp_path)
    (tmp_path / "wrong.py").write_text(typed(create_body()).replace("amount=", "amout="))
    with pytest.raises(AssertionError, match="amout"):
        run([*checked, "wrong.py"], folder=tmp_path)


async def our_document() -> Any:
    async with open_shop() as shop:
        return (await shop.client.get("/openapi.json")).json()


def typed(body: dict[str, Any]) -> str:
    """A program that says README's request in the client's types."""
    method = body["payment_method"]
    others = "".join(f", {name}={one!r}" for name, one in method.items() if name != "type")
    return f"""
from generated import AuthenticatedClient
from generated.api.payments import create_payment
from generated import models as m

def charge(client: AuthenticatedClient) -> m.Payment | m.Problem | None:
    method = m.PaymentMethodBody(type_=m.PaymentMethodBodyType({method["type"]!r}){others})
    currency = m.CreatePaymentBodyCurrency({body["currency"]!r})
    body = m.CreatePaymentBody(amount={body["amount"]!r}, currency=currency, payment_method=method)
    return create_payment.sync(client=client, body=body, idempotency_key="order-1")
"""


def same(told: dict[str, Any], ours: dict[str, Any]) -> bool:
    """The client reads times, and writes UTC in its own way."""
    return read(told) == read(ours)


def read(payment: dict[str, Any]) -> dict[str, Any]:
    return payment | {"created_at": datetime.fromisoformat(payment["created_at"])}
