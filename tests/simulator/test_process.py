"""The simulator as a process of its own: started, killed at any moment, stopped cleanly."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from adapters.simulator.__main__ import main
from adapters.simulator.audit import audit
from tests.simulator.caller import Caller, NoAnswer, held

ROOT = Path(__file__).parents[2]
STOP_TIMEOUT_S = 20
pytestmark = pytest.mark.slow


@contextmanager
def started(books: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running simulator and its URL; killed at the end if it still runs."""
    command = [sys.executable, "-m", "adapters.simulator", "--books", str(books), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:")
            yield process, line.removeprefix("listening on ").strip()
        finally:
            process.kill()


async def test_the_books_survive_a_kill_under_load(tmp_path: Path) -> None:
    answered: dict[str, str] = {}
    async with aiohttp.ClientSession() as session:
        with started(tmp_path, "--latency-scale", "0") as (process, url):
            caller = Caller(session, url)
            enough = asyncio.Event()

            async def charge_on(worker: int) -> None:
                for n in range(10_000):
                    key = f"w{worker}-{n}"
                    try:
                        answer = await caller.charge(key, payment_id=f"payment-{key}")
                    except (aiohttp.ClientError, NoAnswer):
                        return
                    answered[key] = answer.body["id"]
                    if len(answered) >= 300:
                        enough.set()

            workers = [asyncio.create_task(charge_on(worker)) for worker in range(8)]
            await enough.wait()
            process.kill()
            await asyncio.gather(*workers)
        with started(tmp_path, "--latency-scale", "0") as (_, url):
            caller = Caller(session, url)
            for key, charge_id in answered.items():
                assert (await caller.find(key)).body["id"] == charge_id
    found = audit(tmp_path)
    assert found.double_charges == []
    assert found.totals.charges >= len(answered) >= 300


async def test_the_same_seed_meets_the_same_fate_in_any_order(tmp_path: Path) -> None:
    keys = [f"key-{n}" for n in range(120)]
    fates: list[dict[str, object]] = []
    async with aiohttp.ClientSession() as session:
        for run, order in enumerate((keys, keys[::-1])):
            options = ("--latency-scale", "0", "--seed", "42")
            with started(tmp_path / str(run), *options) as (_, url):
                fates.append({key: await fate(Caller(session, url), key) for key in order})
    assert fates[0] == fates[1]
    assert len(set(fates[0].values())) > 2


async def fate(caller: Caller, key: str) -> object:
    """Status and code of an ordinary charge, or that there was no answer."""
    try:
        answer = await caller.charge(key, gateway="sbi", method_token="tok_visa")
    except NoAnswer:
        return "no answer"
    return answer.body.get("status", answer.status), answer.body["code"]


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_cleanly_and_answers_what_it_held(
    tmp_path: Path, name: signal.Signals
) -> None:
    async with aiohttp.ClientSession() as session:
        with started(tmp_path, "--late-s", "600", "--latency-scale", "0") as (process, url):
            caller = Caller(session, url)
            late = asyncio.create_task(caller.charge(method_token="tok_late_charged"))
            await held(caller)
            process.send_signal(name)
            assert (await late).body["status"] == "captured"
            assert await asyncio.to_thread(process.wait, STOP_TIMEOUT_S) == 0


def test_a_second_simulator_on_the_same_books_is_refused(tmp_path: Path) -> None:
    with started(tmp_path):
        second = subprocess.run(
            [sys.executable, "-m", "adapters.simulator", "--books", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=STOP_TIMEOUT_S,
            check=False,
        )
    assert second.returncode == 2
    assert "held by another simulator" in second.stderr


def test_a_start_that_cannot_work_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = str(tmp_path / "books")
    assert main(["--books", books, "--notify", "http://127.0.0.1:1"]) == 2
    assert "notices need a secret" in capsys.readouterr().err
    assert main(["--books", books, "--scenario", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
