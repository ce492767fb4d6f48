"""Fixtures of the tests of gateways, and their event loop, whose timers a test may put forward."""

from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from adapters.gateways import transport
from adapters.gateways.http import HttpGateway
from tests.gateways.building import PATIENCE_S
from tests.gateways.jumping import JumpingLoop
from tests.gateways.stub import Stub, running_stub


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], JumpingLoop]]:
    return {"jumping": JumpingLoop}


@pytest.fixture(autouse=True)
def _patient_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy for a second is no gateway that cannot be reached."""
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with running_stub() as stub:
        yield stub


@pytest.fixture
async def stub_gateway(stub: Stub) -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway(stub.settings())
    yield gateway
    await gateway.aclose()
