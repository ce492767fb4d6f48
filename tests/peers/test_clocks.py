"""The API where the clock is wrong and jumps: it dates by that clock, and goes on paying."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from api.composition.first_run import first_merchants
from api.processes.embedded import READY_S_MAX, Embedded
from tests.end_to_end.conftest import whole_interlock
from tests.peers.readme import create_body
from tests.support.clocks import WrongClock
from tests.support.peers import Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers]

HOUR: Final = timedelta(hours=1)
TRIES_MAX: Final = 10


@pytest.fixture
def clock(peers: Peers, tmp_path: Path) -> WrongClock:
    return WrongClock(tmp_path / "clock")


@pytest.fixture
def wrong(clock: WrongClock, tmp_path: Path) -> Iterator[Embedded]:
    """Interlock, whose API alone has the wrong clock."""
    with whole_interlock(tmp_path / "data") as embedded:
        api = next(one for one in embedded.children if one.name == "api")
        api.stop()
        api.environment = {**api.environment, **clock.environment}
        api.start()
        embedded.wait_until_ready(time.sleep, READY_S_MAX)
        yield embedded


def test_a_clock_that_jumps_moves_dates_and_stops_no_payment(
    wrong: Embedded, clock: WrongClock
) -> None:
    keys = dict(first_merchants(wrong.dsn))
    headers = {"Authorization": f"Bearer {keys['acme']}"}
    with httpx.Client(base_url=wrong.url, headers=headers, timeout=30.0) as client:
        for off in (timedelta(0), 2 * HOUR, -3 * HOUR, timedelta(0)):
            clock.move(off)
            before = datetime.now(UTC)
            paid = next(filter(None, (succeeded(client) for _ in range(TRIES_MAX))))
            after = datetime.now(UTC)
            assert before + off <= datetime.fromisoformat(paid["created_at"]) <= after + off


def succeeded(client: httpx.Client) -> dict[str, Any] | None:
    """A payment; none where a busy machine was too slow to tell its end at once."""
    headers = {"Idempotency-Key": str(uuid4())}
    answer = client.post("/v1/payments", json=create_body(), headers=headers)
    payment: dict[str, Any] = answer.json()
    if answer.status_code in (202, 503):
        return None
    assert (answer.status_code, payment["status"]) == (201, "succeeded"), payment
    return payment
