"""Bytes that come when nobody asked are nobody's answer."""

import asyncio
import json

import pytest
from aiohttp.client_proto import ResponseHandler

from adapters.gateways.http import HttpGateway
from domain.gateway.answers import Captured
from tests.gateways.building import PATIENCE_S, ask, charge_request
from tests.gateways.stub import Received, Stub, charge_answer, http


class Read:
    """What the connections of our side have read, also those that nobody uses at the moment."""

    def __init__(self) -> None:
        self.data = b""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    noted = Read()
    data_received = ResponseHandler.data_received

    def note(protocol: ResponseHandler, data: bytes) -> None:
        noted.data += data
        data_received(protocol, data)

    monkeypatch.setattr(ResponseHandler, "data_received", note)
    return noted


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(
    stub: Stub, read: Read, at_once: bool
) -> None:
    """Else a stray `charged: false` would say of the next charge what is not true."""
    gateway = HttpGateway(stub.settings(connections_max=1, bound_by="body"))
    stray = http(503, b'{"code":"unavailable","message":"","charged":false}')
    strays = asyncio.Event()

    async def answers_twice(received: Received, writer: asyncio.StreamWriter) -> None:
        good = http(200, json.dumps(charge_answer(received.key)).encode())
        if at_once:
            writer.write(good + stray)
            return
        writer.write(good)
        await writer.drain()
        await strays.wait()
        writer.write(stray)
        await writer.drain()

    stub.handle = answers_twice
    assert isinstance(await ask(gateway, charge_request()), Captured)
    strays.set()
    async with asyncio.timeout(PATIENCE_S):
        while not read.data.endswith(stray):  # noqa: ASYNC110 - the idle connection tells nobody
            await asyncio.sleep(0.005)
    assert isinstance(await ask(gateway, charge_request()), Captured)
    assert stub.connections == 2
    await gateway.aclose()
