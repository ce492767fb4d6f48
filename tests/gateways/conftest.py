"""Fixtures of the tests of gateways."""

from collections.abc import AsyncIterator

import pytest

from adapters.gateways.http import HttpGateway
from tests.gateways.stub import Stub, running_stub


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with running_stub() as stub:
        yield stub


@pytest.fixture
async def stub_gateway(stub: Stub) -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway(stub.settings())
    yield gateway
    await gateway.aclose()
