"""Prometheus's own tool reads what `/metrics` says, and finds nothing to mend."""

from __future__ import annotations

import httpx
import pytest

from tests.peers.readme import create_body
from tests.support.needs import needed
from tests.support.peers import run

pytestmark = [pytest.mark.slow, pytest.mark.needs_promtool]


def checked(metrics: str) -> str:
    """Raises AssertionError with what promtool objects to."""
    return run([str(needed("needs_promtool")), "check", "metrics"], given=metrics)


def test_promtool_objects_to_nothing(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "metrics-1"}
    client.post("/v1/payments", json=create_body(), headers=headers).raise_for_status()
    metrics = client.get("/metrics").text
    assert "interlock_" in metrics
    checked(metrics)


def test_it_would_object() -> None:
    with pytest.raises(AssertionError, match="counter metrics should have"):
        checked("# HELP charges Charges.\n# TYPE charges counter\ncharges 1\n")
