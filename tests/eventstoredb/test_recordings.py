"""The double gives the answers that were recorded from running servers, by every engine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.esdb_double import ENGINES

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


def names_in(recording: Path) -> set[str]:
    with recording.open(encoding="utf-8") as lines:
        return {json.loads(line)["name"] for line in lines}


def recordings_of(engine: str) -> list[Path]:
    """What this engine must play. Later ones stand in place of the same names in earlier ones."""
    newer = [GOLDEN / "server-24.2.jsonl"] if engine == "26.1" else []
    return [GOLDEN / "common.jsonl", *newer, GOLDEN / f"server-{engine}.jsonl"]


def play(target: str, recording: Path, skipped: set[str]) -> str:
    """What the player prints."""
    command = [sys.executable, str(GOLDEN / "play.py"), target, str(recording)]
    for name in (NOT_SERVED, *sorted(skipped)):
        command += ["--skip", name]
    played = subprocess.run(
        command, capture_output=True, text=True, timeout=PLAY_S_MAX, check=False
    )
    assert not played.stderr
    return played.stdout


@pytest.mark.parametrize("engine", ENGINES)
def test_every_recorded_exchange_is_given_again(engine: str) -> None:
    recordings = recordings_of(engine)
    said, expected = [], []
    with double_alone(engine) as target:
        for number, recording in enumerate(recordings):
            replaced = set().union(*(names_in(later) for later in recordings[number + 1 :]))
            skipped = names_in(recording) & replaced
            served = [one for one in names_in(recording) if not one.startswith(NOT_SERVED)]
            said.append(play(target, recording, skipped))
            expected.append(f"{len(served) - len(skipped)} passed, 0 failed\n")
    assert said == expected
    assert all(not one.startswith("0 ") for one in expected)


@pytest.mark.parametrize(("engine", "other"), [("23.10", "24.2"), ("24.2", "26.1")])
def test_the_player_notices_a_server_that_differs(engine: str, other: str) -> None:
    """Else the test above would prove nothing."""
    recording = GOLDEN / f"server-{other}.jsonl"
    with double_alone(engine) as target:
        said = play(target, recording, set())
    assert said.endswith(f"0 passed, {len(names_in(recording))} failed\n")
