"""Redis is killed, frozen or was never there: hot state says so, does not hang, and comes back."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from adapters.hot_state.redis import RedisHotState
from application.ports.hot_state import Fresh, HotState, HotStateUnavailable, Running
from tests.hot_state.contract import LONG_S, answer
from tests.hot_state.polling import eventually
from tests.support.valkey_server import valkey_program

pytestmark = pytest.mark.slow


class Server:
    """A server that can die and come back under the same address."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "s"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        self._socket.unlink(missing_ok=True)
        program = str(valkey_program())
        options = ["--port", "0", "--save", "", "--unixsocket", str(self._socket)]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    # Not tmp_path: a socket's path must stay below some 100 characters.
    with TemporaryDirectory(prefix="interlock-", dir="/tmp") as folder:
        server = Server(Path(folder))
        server.start()
        yield server
        server.kill()


class Time:
    """A clock that the test moves, so that no test waits for the circuit."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def until_back(state: HotState, clock: Time) -> None:
    async def back() -> bool:
        clock.now += 1.0
        try:
            await state.begin(uuid4(), running_ttl_s=LONG_S)
        except HotStateUnavailable:
            return False
        return True

    await eventually(back)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
async def state(server: Server, clock: Time) -> AsyncIterator[RedisHotState]:
    state = RedisHotState(server.url, monotonic=clock, timeout_s=1.0)
    await until_back(state, clock)
    yield state
    await state.aclose()


async def test_a_killed_server_is_noticed_and_found_again(
    server: Server, state: RedisHotState, clock: Time
) -> None:
    command = uuid4()
    await asyncio.gather(*(state.begin(uuid4(), running_ttl_s=LONG_S) for _ in range(100)))
    await state.begin(command, running_ttl_s=LONG_S)
    server.kill()
    async with asyncio.timeout(5):
        with pytest.raises(HotStateUnavailable, match="reached"):
            await state.begin(command, running_ttl_s=LONG_S)
        for _ in range(1_000):
            with pytest.raises(HotStateUnavailable, match="left alone"):
                await state.conclude(command, answer(), ttl_s=LONG_S)
    server.start()
    await until_back(state, clock)
    assert await state.begin(command, running_ttl_s=LONG_S) == Fresh()  # it had forgotten
    begun = await asyncio.gather(*(state.begin(command, running_ttl_s=LONG_S) for _ in range(99)))
    assert set(begun) == {Running()}


async def test_those_who_wait_learn_that_the_server_is_gone(
    server: Server, state: RedisHotState
) -> None:
    commands = [uuid4() for _ in range(20)]
    for command in commands:
        await state.begin(command, running_ttl_s=LONG_S)
    waiting = [asyncio.create_task(state.wait(one, timeout_s=LONG_S)) for one in commands]
    await asyncio.sleep(0.05)
    server.kill()
    async with asyncio.timeout(10):
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in results} == {HotStateUnavailable}


async def test_a_frozen_server_costs_its_timeout_once(server: Server, state: RedisHotState) -> None:
    command = uuid4()
    await state.begin(command, running_ttl_s=LONG_S)
    waiting = asyncio.create_task(state.wait(command, timeout_s=LONG_S))
    await asyncio.sleep(0.05)
    server.signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(10):
            results = await asyncio.gather(
                *(state.begin(uuid4(), running_ttl_s=LONG_S) for _ in range(200)),
                waiting,
                return_exceptions=True,
            )
            assert {type(result) for result in results} == {HotStateUnavailable}
            with pytest.raises(HotStateUnavailable, match="left alone"):
                await state.begin(command, running_ttl_s=LONG_S)
    finally:
        server.signal(signal.SIGCONT)


async def test_after_the_pause_one_caller_probes_and_the_others_are_still_spared(
    server: Server, state: RedisHotState, clock: Time
) -> None:
    server.kill()
    with pytest.raises(HotStateUnavailable):
        await state.begin(uuid4(), running_ttl_s=LONG_S)
    clock.now += 1.0
    results = await asyncio.gather(
        *(state.begin(uuid4(), running_ttl_s=LONG_S) for _ in range(10)), return_exceptions=True
    )
    assert [("left alone" in str(one)) for one in results].count(False) == 1


async def test_a_refused_connection_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        state = RedisHotState(f"redis://127.0.0.1:{taken.getsockname()[1]}/0")
        async with asyncio.timeout(3):
            with pytest.raises(HotStateUnavailable, match="reached"):
                await state.lock("a", ttl_s=LONG_S)
        await state.aclose()
