"""The peers, and a whole Interlock for them to speak to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.composition.first_run import first_merchants
from api.processes.embedded import Embedded
from tests.end_to_end.conftest import whole_interlock
from tests.support.peers import peers

__all__ = ["peers"]


@pytest.fixture(scope="package")
def interlock() -> Iterator[Embedded]:
    """One for all peers: none of them does it harm."""
    folder = Path(tempfile.mkdtemp(prefix="interlock-peers-"))
    try:
        with whole_interlock(folder) as embedded, embedded.watched():
            yield embedded
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def api_key(interlock: Embedded) -> str:
    """Of the merchant `acme`."""
    return dict(first_merchants(interlock.dsn))["acme"]


@pytest.fixture(scope="package")
def client(interlock: Embedded, api_key: str) -> Iterator[httpx.Client]:
    """The merchant's own, to compare with what a peer says."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.Client(base_url=interlock.url, headers=headers, timeout=30.0) as opened:
        yield opened
