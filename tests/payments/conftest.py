"""A world for each test, on an event loop with virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from tests.payments.virtual_time import VirtualTimeLoop
from tests.payments.world import World


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], VirtualTimeLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Two gateways, alpha before beta, and one process. Its books are checked at the end."""
    world = World("alpha", "beta")
    yield world
    await world.close()
