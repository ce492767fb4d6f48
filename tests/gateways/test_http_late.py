"""Answers that come after the caller stopped waiting: handed over, bounded, or said to be lost."""

import asyncio
import logging

import pytest

from adapters.gateways import http as gateway_module
from adapters.gateways.http import HttpGateway
from application.ports.gateways import GatewaySilent, LateAnswer
from domain.gateway.answers import Answer, Captured
from tests.gateways.building import PATIENCE_S, ask, charge_request, timing
from tests.gateways.jumping import jump
from tests.gateways.stub import Stub, held_answer, raw_answer

ENOUGH_S = 100 * PATIENCE_S  # for an answer that comes after some jumps


class Later:
    """Collects what comes late."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[Answer] = asyncio.Queue()

    async def __call__(self, answer: Answer) -> None:
        await self.answers.put(answer)

    async def next(self) -> Answer:
        async with asyncio.timeout(PATIENCE_S):
            return await self.answers.get()


async def silence(
    stub: Stub, gateway: HttpGateway, late: LateAnswer, *, late_answer_within_s: float = ENOUGH_S
) -> None:
    """Sends; its time to answer is over when the gateway has it."""
    when = timing(answer_within_s=PATIENCE_S, late_answer_within_s=late_answer_within_s)
    asking = asyncio.create_task(ask(gateway, charge_request(), when=when, late=late))
    await stub.arrived.wait()
    stub.arrived.clear()
    jump(PATIENCE_S)
    with pytest.raises(GatewaySilent):
        await asking


async def until_logged(caplog: pytest.LogCaptureFixture, words: str, times: int = 1) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while caplog.text.count(words) < times:  # noqa: ASYNC110 - a log wakes nobody
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="adapters.gateways")


async def test_an_error_of_the_one_who_takes_it_is_logged(
    stub: Stub, stub_gateway: HttpGateway, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Answer) -> None:
        raise RuntimeError("the event store is away")

    release = asyncio.Event()
    stub.handle = held_answer(release, stub.handle)
    await silence(stub, stub_gateway, broken)
    release.set()
    await until_logged(caplog, "late Captured for key")
    assert "the event store is away" in caplog.text
    assert stub.requests[0].key in caplog.text


async def test_an_unreadable_late_answer_is_said_to_be_lost(
    stub: Stub, stub_gateway: HttpGateway, caplog: pytest.LogCaptureFixture
) -> None:
    release, later = asyncio.Event(), Later()
    stub.handle = held_answer(release, raw_answer(b"garbage\r\n\r\n", then_close=True))
    await silence(stub, stub_gateway, later)
    release.set()
    await until_logged(caplog, f"no late answer for key {stub.requests[0].key}")
    assert later.answers.empty()


async def test_after_its_time_nothing_is_read_any_more_and_the_connection_is_closed(
    stub: Stub, stub_gateway: HttpGateway, caplog: pytest.LogCaptureFixture
) -> None:
    release, later = asyncio.Event(), Later()
    stub.handle = held_answer(release, stub.handle)
    await silence(stub, stub_gateway, later, late_answer_within_s=2 * PATIENCE_S)
    jump(2 * PATIENCE_S)
    await until_logged(caplog, "no late answer for key")
    release.set()
    async with asyncio.timeout(PATIENCE_S):
        while stub.open_connections:  # noqa: ASYNC110 - the stub tells nobody
            await asyncio.sleep(0.005)
    assert later.answers.empty()


async def test_who_waited_longest_makes_room(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    gateway = HttpGateway(stub.settings(connections_max=4))  # half of them may read late answers
    release, later = asyncio.Event(), [Later(), Later(), Later()]
    stub.handle = held_answer(release, stub.handle)
    for one in later:
        await silence(stub, gateway, one)
    await until_logged(caplog, "was given up")
    assert stub.requests[0].key in caplog.text
    release.set()
    assert isinstance(await later[1].next(), Captured)
    assert isinstance(await later[2].next(), Captured)
    assert later[0].answers.empty()
    await gateway.aclose()


async def test_a_caller_who_is_cancelled_after_the_send_does_not_lose_the_answer(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    release, later = asyncio.Event(), Later()
    stub.handle = held_answer(release, stub.handle)
    asking = asyncio.create_task(ask(stub_gateway, charge_request(), late=later))
    await stub.arrived.wait()
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    release.set()
    assert isinstance(await later.next(), Captured)


async def test_closing_waits_for_what_still_comes_and_for_its_taking(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    release, taken = asyncio.Event(), asyncio.Event()

    async def slow(_: Answer) -> None:
        await asyncio.sleep(0)
        taken.set()

    stub.handle = held_answer(release, stub.handle)
    await silence(stub, stub_gateway, slow)
    closing = asyncio.create_task(stub_gateway.aclose())
    await asyncio.sleep(0)
    release.set()
    await closing
    assert taken.is_set()


async def test_closing_does_not_wait_for_ever(
    stub: Stub,
    stub_gateway: HttpGateway,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway_module, "CLOSE_WAIT_S", 0.05)
    later = Later()
    stub.handle = held_answer(asyncio.Event(), stub.handle)
    await silence(stub, stub_gateway, later)
    async with asyncio.timeout(PATIENCE_S):
        await stub_gateway.aclose()
    await until_logged(caplog, "was given up")
    assert later.answers.empty()
