"""What is sent, when nothing may be sent, and that nothing is ever sent twice."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest

from adapters.gateways import resolving, transport
from adapters.gateways.gate import NO_DAY
from adapters.gateways.http import HttpGateway
from application.ports.gateways import (
    GatewaySilent,
    GatewayUnreachable,
    NotOffered,
    Timing,
    TooLateToSend,
)
from domain.gateway.answers import Captured
from tests.gateways.building import (
    PATIENCE_S,
    ask,
    charge_request,
    never_late,
    operation_request,
    timing,
)
from tests.gateways.jumping import jump, until_nobody_runs
from tests.gateways.stub import (
    EndOfConnection,
    Received,
    Stub,
    charge_answer,
    held_answer,
    http,
    json_answer,
    raw_answer,
    running_stub,
)


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
async def narrow(stub: Stub, clock: Time) -> AsyncIterator[HttpGateway]:
    """A gateway with one connection and a clock of the test's."""
    gateway = HttpGateway(stub.settings(connections_max=1), monotonic=clock)
    yield gateway
    await gateway.aclose()


async def test_the_prepared_bytes_are_sent_as_they_are(stub: Stub) -> None:
    gateway = HttpGateway(stub.settings(credential="sk_secret"))
    prepared = gateway.prepare(charge_request())
    await gateway.send(prepared, timing=timing(), late=never_late)
    (received,) = stub.requests
    assert (received.method, received.path) == ("POST", "/v1/charges")
    assert received.body == prepared.body
    assert received.headers["idempotency-key"] == str(prepared.key)
    assert received.headers["authorization"] == "Bearer sk_secret"
    assert received.headers["content-type"] == "application/json"
    await gateway.aclose()


async def test_a_reference_cannot_lead_to_another_path(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, operation_request("refund", "../x?y#z/%2e", 1))
    assert stub.requests[0].path == "/v1/charges/..%2Fx%3Fy%23z%2F%252e/refunds"


async def test_too_late_in_the_moment_of_writing_sends_no_byte_and_leaks_no_connection(
    stub: Stub, narrow: HttpGateway, clock: Time
) -> None:
    release = asyncio.Event()
    stub.handle = held_answer(release, stub.handle)
    when = Timing(send_before=clock.now + PATIENCE_S, not_after=NO_DAY, answer_within_s=PATIENCE_S)
    requests = [narrow.prepare(charge_request()) for _ in range(3)]
    first = asyncio.create_task(narrow.send(requests[0], timing=when, late=never_late))
    await stub.arrived.wait()
    # The second has passed every earlier check and waits for the only connection.
    second = asyncio.create_task(narrow.send(requests[1], timing=when, late=never_late))
    await until_nobody_runs()
    clock.now += PATIENCE_S
    release.set()
    assert isinstance(await first, Captured)
    received = stub.bytes_received
    with pytest.raises(TooLateToSend):
        await second
    when = Timing(send_before=clock.now + PATIENCE_S, not_after=NO_DAY, answer_within_s=PATIENCE_S)
    assert isinstance(await narrow.send(requests[2], timing=when, late=never_late), Captured)
    assert [one.key for one in stub.requests] == [str(requests[0].key), str(requests[2].key)]
    assert received < stub.bytes_received <= received + received + 10


async def test_waiting_for_a_connection_counts_against_the_time_to_send(stub: Stub) -> None:
    gateway = HttpGateway(stub.settings(connections_max=1))
    release = asyncio.Event()
    stub.handle = held_answer(release, stub.handle)
    first = asyncio.create_task(ask(gateway, charge_request()))
    await stub.arrived.wait()
    with pytest.raises(TooLateToSend):
        await ask(gateway, charge_request(), when=timing(send_before_s=0.05))
    release.set()
    assert isinstance(await first, Captured)
    assert len(stub.requests) == 1
    await gateway.aclose()


async def test_who_stops_waiting_before_the_send_has_sent_nothing(
    stub: Stub, narrow: HttpGateway, clock: Time
) -> None:
    release = asyncio.Event()
    stub.handle = held_answer(release, stub.handle)
    when = Timing(send_before=clock.now + PATIENCE_S, not_after=NO_DAY, answer_within_s=PATIENCE_S)
    first = asyncio.create_task(ask(narrow, charge_request(), when=when))
    await stub.arrived.wait()
    impatient = Timing(send_before=when.send_before, not_after=NO_DAY, answer_within_s=0.01)
    with pytest.raises(GatewayUnreachable):
        await ask(narrow, charge_request(), when=impatient)
    cancelled = asyncio.create_task(ask(narrow, charge_request(), when=when))
    await until_nobody_runs()
    cancelled.cancel()
    await asyncio.wait({cancelled})
    release.set()
    assert isinstance(await first, Captured)
    assert isinstance(await ask(narrow, charge_request(), when=when), Captured)
    assert cancelled.cancelled()
    assert len(stub.requests) == 2


@pytest.mark.parametrize("warm", [False, True])
async def test_a_closed_connection_is_not_made_good_by_sending_again(
    stub: Stub, stub_gateway: HttpGateway, warm: bool
) -> None:
    async def closes(received: Received, writer: asyncio.StreamWriter) -> None:
        raise EndOfConnection

    if warm:  # a connection that is used again, after which HTTP clients like to repeat
        await ask(stub_gateway, charge_request())
    before = len(stub.requests)
    stub.handle = closes
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, charge_request())
    if warm:
        stub.handle = json_answer(lambda received: charge_answer(received.key))
        await ask(stub_gateway, charge_request())
        stub.handle = closes
        before += 1
    with pytest.raises(GatewaySilent):
        await stub_gateway.look_up(charge_request().key, kind="charge", timeout_s=PATIENCE_S)
    assert len(stub.requests) == before + 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    stub: Stub, stub_gateway: HttpGateway, status: int
) -> None:
    async with running_stub() as elsewhere:
        stub.handle = raw_answer(http(status, b"", f"Location: {elsewhere.url}/v1/charges"))
        with pytest.raises(GatewaySilent):
            await ask(stub_gateway, charge_request())
        assert elsewhere.connections == 0
        assert len(stub.requests) == 1


async def test_a_proxy_of_the_environment_is_not_used(
    stub: Stub, stub_gateway: HttpGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_stub() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(await ask(stub_gateway, charge_request()), Captured)
        assert proxy.connections == 0


async def test_a_refused_connection_is_unreachable() -> None:
    stub = Stub()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        stub.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        gateway = HttpGateway(stub.settings())
        with pytest.raises(GatewayUnreachable):
            await ask(gateway, charge_request())
        with pytest.raises(GatewayUnreachable):
            await gateway.look_up(charge_request().key, kind="charge", timeout_s=PATIENCE_S)
        await gateway.aclose()


async def test_a_name_that_does_not_resolve_or_takes_too_long_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()

    def hangs(*_: object, **__: object) -> None:
        released.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answered")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    monkeypatch.setattr(resolving, "RESOLVE_TIMEOUT_S", 0.01)
    stub = Stub()
    stub.url = "http://gateway.invalid"
    gateway = HttpGateway(stub.settings())
    with pytest.raises(GatewayUnreachable):
        await ask(gateway, charge_request())
    released.set()
    await gateway.aclose()


@pytest.mark.slow
async def test_a_connection_that_nobody_accepts_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", 0.05)
    stub = Stub()
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        host, port = deaf.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((host, port))
        stub.url = f"http://{host}:{port}"
        gateway = HttpGateway(stub.settings())
        with pytest.raises(GatewayUnreachable):
            await ask(gateway, charge_request())
        await gateway.aclose()
        for filler in fillers:
            filler.close()


async def test_what_is_not_offered_is_not_asked(stub: Stub) -> None:
    gateway = HttpGateway(stub.settings(look_up=False, cancel_by_key=False))
    with pytest.raises(NotOffered):
        await gateway.look_up(charge_request().key, kind="charge", timeout_s=PATIENCE_S)
    with pytest.raises(NotOffered):
        await gateway.cancel(charge_request().key, timeout_s=PATIENCE_S)
    assert stub.connections == 0
    await gateway.aclose()


async def test_a_look_up_gives_up_in_time(stub: Stub, stub_gateway: HttpGateway) -> None:
    stub.handle = held_answer(asyncio.Event(), stub.handle)
    key = charge_request().key
    for asking in (
        stub_gateway.look_up(key, kind="charge", timeout_s=PATIENCE_S),
        stub_gateway.cancel(key, timeout_s=PATIENCE_S),
    ):
        asked = asyncio.ensure_future(asking)
        await stub.arrived.wait()
        stub.arrived.clear()
        jump(PATIENCE_S)
        with pytest.raises(GatewaySilent):
            await asked
    assert len(stub.requests) == 2


async def test_after_closing_nothing_is_sent(stub: Stub, stub_gateway: HttpGateway) -> None:
    await stub_gateway.aclose()
    with pytest.raises(GatewayUnreachable):
        await ask(stub_gateway, charge_request())
    assert stub.connections == 0
