"""A client that a generator makes from the OpenAPI document charges and looks."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.processes.embedded import Embedded
from tests.peers.readme import create_body
from tests.support.peers import Peers

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


def same(told: dict[str, Any], ours: dict[str, Any]) -> bool:
    """The client reads times, and writes UTC in its own way."""
    return read(told) == read(ours)


def read(payment: dict[str, Any]) -> dict[str, Any]:
    return payment | {"created_at": datetime.fromisoformat(payment["created_at"])}
