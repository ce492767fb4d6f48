"""Prometheus's own tool reads what `/metrics` says, and finds nothing to mend."""

from __future__ import annotations

import httpx
import pytest

from api.processes.embedded import Embedded
from tests.peers.readme import create_body
from tests.support.needs import needed
from tests.support.peers import run

pytestmark = [pytest.mark.slow, pytest.mark.needs_promtool]


def checked(metrics: str) -> str:
    """Raises AssertionError with what promtool objects to."""
    return run([str(needed("needs_promtool")), "check", "metrics"], given=metrics)


def test_promtool_objects_to_nothing(client: httpx.Client, interlock: Embedded) -> None:
    headers = {"Idempotency-Key": "metrics-1"}
    client.post("/v1/payments", json=create_body(), headers=headers).raise_for_status()
    first = interlock.settings.operations_port
    assert first is not None
    for port, name in ((first, "interlock_http_requests"), (first + 1, "interlock_work_list")):
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert name in metrics
        checked(metrics)


def test_it_would_object() -> None:
    with pytest.raises(AssertionError, match="counter metrics should have"):
        checked("# HELP charges Charges.\n# TYPE charges counter\ncharges 1\n")
