"""A production installation from nothing, in the README's order: the processes first, over a log
without a single event of ours, then a merchant, then a payment. All of it without an error."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.installation import Installation, Links, installed
from tests.end_to_end.shop import Shop
from tests.end_to_end.stores import (
    double_process,
    esdb_url,
    installation_folder,
    postgres_database,
)
from tests.esdb_double import ENGINES

ROOT = Path(__file__).parents[2]
ADDED_S_MAX = 60

pytestmark = pytest.mark.slow


@pytest.fixture(params=ENGINES)
def esdb(request: pytest.FixtureRequest) -> Iterator[str]:
    with double_process(request.param) as port:
        yield esdb_url(port)


def merchant_added(installation: Installation) -> str:
    """The key that the command shows."""
    added = subprocess.run(
        [sys.executable, "-m", "api", "merchants", "add", "acme"],
        cwd=ROOT, env=installation.command_environment(), capture_output=True, text=True,
        timeout=ADDED_S_MAX, check=True,
    )  # fmt: skip
    return added.stdout.strip()


def lines_of(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


async def bought_at(installation: Installation) -> None:
    """A merchant that is new pays once, and finds the payment wherever it may look."""
    key = merchant_added(installation)
    shop = Shop(installation.urls[0], key, installation.books, installation.simulator_url)
    paid = await shop.pay()
    assert (paid.status_code, paid.json()["status"]) == (201, "succeeded")
    at = paid.headers["Interlock-Position"]
    listed = await shop.get(f"/v1/payments?at_least={at}")
    assert [one["id"] for one in listed.json()["data"]] == [paid.json()["id"]]
    told = await shop.get(f"/v1/payments/{paid.json()['id']}/timeline?at_least={at}")
    assert told.json()["data"][-1]["type"] == "AttemptSucceeded"
    projections = (await shop.get("/v1/projections")).json()["data"]
    assert len(projections) >= 3
    assert {one["parked"] for one in projections} == {0}


async def test_processes_then_a_merchant_then_a_payment(esdb: str) -> None:
    with postgres_database() as postgres, installation_folder() as folder:
        links = Links(esdb=esdb, postgres=postgres)
        with installed(folder, links, logged=True) as installation:
            await bought_at(installation)
        for name in ("api0", "worker0"):
            lines = lines_of(installation.log_of(name))
            assert [one for one in lines if one["level"] not in ("debug", "info")] == []
            assert [one for one in lines if "exception" in one] == []
            assert len(lines) > 1
