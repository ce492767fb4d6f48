"""Whoever stops waiting does so at any round of the loop: after "not sent" no byte may arrive, and
what was sent is never called unsent. Each test walks through every place between "connection had"
and the answer, one round after the other."""

from __future__ import annotations

import asyncio
import json
from asyncio import selector_events
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest

from adapters.gateways import http as http_module
from adapters.gateways.gate import NO_DAY
from adapters.gateways.http import HttpGateway
from application.ports.gateways import (
    GatewaySilent,
    GatewayUnreachable,
    Timing,
    TooLateToSend,
)
from domain.gateway.answers import Answer, Captured
from tests.gateways.building import PATIENCE_S, charge_request
from tests.gateways.stub import Received, Stub, charge_answer, http

ROUNDS_MAX: Final = 400
NOT_SENT: Final = (GatewayUnreachable, TooLateToSend)


class Time:
    """A clock that the test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture(params=["connection", "body"])
async def gateway(
    request: pytest.FixtureRequest, stub: Stub, clock: Time
) -> AsyncIterator[HttpGateway]:
    one = HttpGateway(stub.settings(bound_by=request.param), monotonic=clock)
    yield one
    await one.aclose()


class Asked:
    """One charge on its way, and what became of it."""

    def __init__(self, stub: Stub, gateway: HttpGateway, clock: Time) -> None:
        self.late: list[Answer] = []
        self.prepared = gateway.prepare(charge_request())
        self._stub, self._before = stub, stub.bytes_received
        when = Timing(
            send_before=clock.now + PATIENCE_S, not_after=NO_DAY, answer_within_s=PATIENCE_S
        )
        self.task = asyncio.create_task(
            gateway.send(self.prepared, timing=when, late=self._take_late)
        )

    async def _take_late(self, answer: Answer) -> None:
        self.late.append(answer)

    async def rounds(self, count: int) -> bool:
        """Whether it is not over yet."""
        for _ in range(count):
            await asyncio.sleep(0)
        return not self.task.done()

    async def arrived(self) -> bool:
        """Whether a byte of it came to the server, now that all has calmed down."""
        for _ in range(ROUNDS_MAX):
            await asyncio.sleep(0)
        return self._stub.bytes_received > self._before


async def walk(what: Callable[[int], Awaitable[bool]]) -> int:
    """Stops at each place until it comes too late. How many places there were."""
    for place in range(ROUNDS_MAX):
        if not await what(place):
            return place
    raise AssertionError("it never ends")


@pytest.fixture
def written_at(clock: Time, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When bytes of a request were given to the operating system, by the test's clock."""
    times: list[float] = []
    transport = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    write = transport.write

    def noted(self: object, data: bytes) -> None:
        if bytes(data[:4]) in (b"POST", b"GET "):
            times.append(clock.now)
        write(self, data)

    monkeypatch.setattr(transport, "write", noted)
    return times


async def test_too_late_at_any_place(
    stub: Stub, gateway: HttpGateway, clock: Time, written_at: list[float]
) -> None:
    ends: set[type] = set()

    async def passes(place: int) -> bool:
        asked = Asked(stub, gateway, clock)
        waits = await asked.rounds(place)
        sent_before = len(written_at)
        clock.now += PATIENCE_S
        (end,) = await asyncio.gather(asked.task, return_exceptions=True)
        assert await asked.arrived() == (not isinstance(end, NOT_SENT)), (place, end)
        assert written_at[sent_before:] == [], place  # no byte after `send_before`
        ends.add(type(end))
        return waits

    assert await walk(passes) > 5
    assert ends == {TooLateToSend, Captured}
    assert written_at


async def test_its_caller_gone_at_any_place(stub: Stub, gateway: HttpGateway, clock: Time) -> None:
    heard_late = 0

    async def cancels(place: int) -> bool:
        nonlocal heard_late
        asked = Asked(stub, gateway, clock)
        waits = await asked.rounds(place)
        asked.task.cancel()
        (end,) = await asyncio.gather(asked.task, return_exceptions=True)
        if await asked.arrived() and isinstance(end, BaseException):
            assert [type(one) for one in asked.late] == [Captured], place  # sent: read to its end
            heard_late += 1
        else:
            assert asked.late == []
        return waits

    assert await walk(cancels) > 5
    assert heard_late > 0


async def test_no_patience_left_at_any_place(
    stub: Stub, gateway: HttpGateway, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time to answer ends: what the caller hears is what is true of the wire."""
    place = 0

    async def rounds(exchange: asyncio.Task[Answer], within_s: float) -> bool:
        for _ in range(place):
            await asyncio.sleep(0)
        return exchange.done()

    monkeypatch.setattr(http_module, "_is_over", rounds)
    ends: set[type] = set()

    async def gives_up(here: int) -> bool:
        nonlocal place
        place = here
        asked = Asked(stub, gateway, clock)
        (end,) = await asyncio.gather(asked.task, return_exceptions=True)
        arrived = await asked.arrived()
        assert arrived == (not isinstance(end, NOT_SENT)), (here, end)
        heard = [end] if isinstance(end, Captured) else asked.late
        assert [type(one) for one in heard] == ([Captured] if arrived else []), here  # once
        ends.add(type(end))
        return not isinstance(end, Captured)

    assert await walk(gives_up) > 5
    assert ends == {GatewayUnreachable, GatewaySilent, Captured}


async def test_the_gateway_closed_at_any_place(stub: Stub, clock: Time) -> None:
    ends: set[type] = set()

    async def closes(place: int) -> bool:
        gateway = HttpGateway(stub.settings(bound_by="body"), monotonic=clock)
        asked = Asked(stub, gateway, clock)
        waits = await asked.rounds(place)
        await gateway.aclose()
        (end,) = await asyncio.gather(asked.task, return_exceptions=True)
        arrived = await asked.arrived()
        assert arrived == (not isinstance(end, NOT_SENT)) or isinstance(end, GatewaySilent), place
        ends.add(type(end))
        return waits

    assert await walk(closes) > 5
    assert ends >= {GatewayUnreachable, Captured}


async def test_the_connection_gone_at_any_place(
    stub: Stub, clock: Time, gateway: HttpGateway
) -> None:
    """A dead connection swallows nothing, and nothing is sent twice."""
    writers: list[asyncio.StreamWriter] = []

    async def remembers(received: Received, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(http(200, json.dumps(charge_answer(received.key)).encode()))

    stub.handle = remembers

    async def breaks(place: int) -> bool:
        before = len(stub.requests)
        asked = Asked(stub, gateway, clock)
        waits = await asked.rounds(place)
        for one in writers:
            one.transport.abort()
        (end,) = await asyncio.gather(asked.task, return_exceptions=True)
        assert len(stub.requests) - before <= 1, place
        assert await asked.arrived() or isinstance(end, (*NOT_SENT, GatewaySilent))
        if isinstance(end, NOT_SENT):
            assert len(stub.requests) == before
        return waits

    assert await walk(breaks) > 5
