"""What one gateway keeps waiting keeps nothing of another waiting, nor its own charges: threads
that resolve names, connections, the end of the process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import aiohttp
import pytest

from adapters.gateways import resolving, transport
from adapters.gateways.http import HttpGateway
from adapters.gateways.registry import ConfiguredGateways
from adapters.gateways.resolving import OwnResolver
from application.ports.gateways import GatewayUnreachable, TooLateToSend
from domain.gateway.answers import Captured
from tests.gateways.building import PATIENCE_S, ask, charge_request, timing
from tests.gateways.stub import (
    Received,
    Stub,
    charge_answer,
    held_answer,
    json_answer,
    running_stub,
)

DEAD: Final = "dead.example"
SHORT_S: Final = 0.005
ASKED: Final = 40  # more than an event loop has threads of its own for all


class NameServers:
    """The system's resolver: for DEAD it waits until the test is over. `waiting`: so many threads
    do, `most` at a time."""

    def __init__(self) -> None:
        self.waiting = self.most = 0
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._resolve = socket.getaddrinfo

    def __call__(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != DEAD:
            return self._resolve(host, *args, **kwargs)
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.released.wait()
        with self._lock:
            self.waiting -= 1
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answered")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServers]:
    servers = NameServers()
    monkeypatch.setattr(socket, "getaddrinfo", servers)
    yield servers
    servers.released.set()


class SharedResolver(aiohttp.ThreadedResolver):
    """As it was: the threads of the event loop, for all gateways."""

    def __init__(self, _: str) -> None:
        super().__init__()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        async with asyncio.timeout(resolving.RESOLVE_TIMEOUT_S):
            return await super().resolve(host, port, family=family)


async def charged_beside_a_dead_name_server(
    stub: Stub, patch: pytest.MonkeyPatch, *, patience_s: float = PATIENCE_S
) -> None:
    """Asks a gateway ASKED times whose name nobody resolves, then another one by its name."""
    port = stub.url.rpartition(":")[2]
    at_dead = stub.settings(name="dead", base_url=f"http://{DEAD}:{port}")
    at_home = stub.settings(name="home", base_url=f"http://localhost:{port}")
    dead, home = HttpGateway(at_dead), HttpGateway(at_home)
    try:
        patch.setattr(resolving, "RESOLVE_TIMEOUT_S", SHORT_S)
        for _ in range(ASKED):
            with pytest.raises(GatewayUnreachable):
                await ask(dead, charge_request())
        patch.setattr(resolving, "RESOLVE_TIMEOUT_S", patience_s)
        assert isinstance(await ask(home, charge_request(), when=timing()), Captured)
    finally:
        await dead.aclose()
        await home.aclose()


async def test_a_dead_name_server_of_one_gateway_is_no_others(
    stub: Stub, names: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await charged_beside_a_dead_name_server(stub, monkeypatch)

    assert names.most == 1  # thread, however often it was asked


async def test_a_resolver_that_all_share_would_be_seen(
    stub: Stub, names: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "OwnResolver", SharedResolver)
    loop = asyncio.get_running_loop()

    with pytest.raises((GatewayUnreachable, TooLateToSend)):
        await charged_beside_a_dead_name_server(stub, monkeypatch, patience_s=0.2)

    names.released.set()
    await loop.shutdown_default_executor()
    assert names.most > 1


async def test_who_asks_meanwhile_gets_the_same_answer(names: NameServers) -> None:
    resolver = OwnResolver("stub")
    asked = [asyncio.create_task(resolver.resolve(DEAD, 443)) for _ in range(3)]
    await asyncio.sleep(0)
    names.released.set()

    over = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in over] == [socket.gaierror] * 3
    assert names.most == 1


async def test_a_name_that_is_none_is_a_failure_as_any_other() -> None:
    with pytest.raises(OSError, match="no name of a host"):
        await OwnResolver("stub").resolve("x" * 64 + ".example")


async def test_names_are_resolved_to_numbers() -> None:
    found = await OwnResolver("stub").resolve("localhost", 8_080)

    assert found
    for one in found:
        assert (one["hostname"], one["port"]) == ("localhost", 8_080)
        assert one["host"] in ("127.0.0.1", "::1")


async def test_questions_that_hang_leave_connections_for_charges() -> None:
    """Look-ups of a hanging gateway, from notices and recovery, kept its charges from leaving."""
    async with running_stub() as stub:
        release, captured = asyncio.Event(), json_answer(lambda asked: charge_answer(asked.key))
        hanging = held_answer(release, captured)

        async def handle(asked: Received, writer: asyncio.StreamWriter) -> None:
            await (hanging if asked.method == "GET" else captured)(asked, writer)

        stub.handle = handle
        gateway = HttpGateway(stub.settings(connections_max=8))
        keys = [charge_request().key for _ in range(20)]
        looks = [
            asyncio.create_task(gateway.look_up(one, kind="charge", timeout_s=PATIENCE_S))
            for one in keys
        ]
        async with asyncio.timeout(PATIENCE_S):
            await stub.arrived.wait()

        assert isinstance(await ask(gateway, charge_request()), Captured)

        assert stub.open_connections <= 3  # a quarter of them, and the charge's
        release.set()
        assert all(isinstance(one, Captured) for one in await asyncio.gather(*looks))
        await gateway.aclose()


class Closing:
    """Is closed as soon as all are about to be."""

    def __init__(self, settings: Any, all_closing: asyncio.Barrier) -> None:
        self.name, self._all = settings.name, all_closing

    async def aclose(self) -> None:
        await self._all.wait()


@asynccontextmanager
async def closing() -> AsyncIterator[ConfiguredGateways]:
    barrier, stub = asyncio.Barrier(3), Stub()
    stub.url = "http://127.0.0.1:9"
    yield ConfiguredGateways(
        [stub.settings(name=name) for name in ("alpha", "beta", "gamma")],
        make=lambda one: cast(HttpGateway, Closing(one, barrier)),
    )


async def test_gateways_are_closed_beside_each_other() -> None:
    """One after the other, two that hang took longer than a process is given to end."""
    async with closing() as gateways, asyncio.timeout(PATIENCE_S):
        await gateways.aclose()
