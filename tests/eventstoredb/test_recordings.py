"""The double gives the answers that were recorded from running servers, by both engines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "eventstoredb"
REPOSITORY = Path(__file__).parents[2]
NOT_SERVED = "9"  # persistent subscriptions, which nothing here uses
PLAY_S_MAX = 180

pytestmark = pytest.mark.slow


@contextmanager
def double_alone(engine: str) -> Iterator[str]:
    """The target of a double in a process of its own, which must end well when told to."""
    command = [sys.executable, "-m", "tests.esdb_double", "--port", "0", "--engine", engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line.startswith("listening on 127.0.0.1:")
            yield line.split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=10)
    assert code == 0


def served(recording: Path) -> int:
    """How many exchanges a double has to play."""
    with recording.open(encoding="utf-8") as lines:
        names = [json.loads(line)["name"] for line in lines]
    return sum(not name.startswith(NOT_SERVED) for name in names)


def play(target: str, recording: Path) -> str:
    """What the player prints."""
    command = [sys.executable, str(GOLDEN / "play.py"), target, str(recording)]
    played = subprocess.run(
        [*command, "--skip", NOT_SERVED],
        capture_output=True,
        text=True,
        timeout=PLAY_S_MAX,
        check=False,
    )
    assert not played.stderr
    return played.stdout


@pytest.mark.parametrize("engine", ["23.10", "24.2"])
def test_every_recorded_exchange_is_given_again(engine: str) -> None:
    recordings = [GOLDEN / "common.jsonl", GOLDEN / f"server-{engine}.jsonl"]
    counts = [served(recording) for recording in recordings]
    assert min(counts) > 0
    with double_alone(engine) as target:
        said = [play(target, recording) for recording in recordings]
    assert said == [f"{count} passed, 0 failed\n" for count in counts]


def test_the_player_notices_a_server_that_differs() -> None:
    """Else the test above would prove nothing."""
    recording = GOLDEN / "server-24.2.jsonl"
    with double_alone("23.10") as target:
        said = play(target, recording)
    assert said.endswith(f"0 passed, {served(recording)} failed\n")
