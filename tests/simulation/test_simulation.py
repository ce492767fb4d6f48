"""The simulation itself: the same everywhere, judged, honest about what it reaches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.simulation.__main__ import main
from tests.simulation.campaign import Part, failures, run_part, run_parts, summed
from tests.simulation.faults import FAULTS
from tests.simulation.history import digest_of
from tests.simulation.plants import PLANTED_AT, PLANTED_EVERY, PLANTS, plant
from tests.simulation.rare_states import STATES
from tests.simulation.reach import states_of
from tests.simulation.run import run_history
from tests.simulation.timeline import timeline

ROOT: Final = Path(__file__).parents[2]
DIGEST: Final = (
    "from tests.simulation.campaign import run_part; print(run_part({first}, {count}).digest)"
)
CALM: Final = dict.fromkeys(FAULTS, 0.0)


def told_of(total: Part) -> str:
    """The story of the first history that was broken."""
    broken = [seeds[0] for name, seeds in total.examples.items() if name.endswith(": broken")]
    return "\n".join(timeline(run_history(broken[0]))) if broken else ""


def test_some_hundred_histories_hold() -> None:
    total = summed([run_part(0, 200)])
    assert failures(total) == [], told_of(total)
    assert (total.judged, total.planted) == (200, 2)
    assert len(total.states) > len(STATES) // 2


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_the_digest_is_the_same_under_every_hash_seed(hash_seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIGEST.format(first=7_035, count=12)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == run_part(7_035, 12).digest  # one is planted


def test_remembering_changes_nothing() -> None:
    for seed in range(20):
        forgetful = run_history(seed, remember=False)
        assert digest_of(forgetful) == digest_of(run_history(seed)), f"seed {seed}"


def test_without_faults_everything_simply_works() -> None:
    history = run_history(5, rates=CALM, payments=3)
    created = [
        fact for fact in history["facts"] if fact["fact"] == "answered" and fact["status"] == 201
    ]
    assert history["faults"] == {}
    assert created
    assert not [event for event in history["log"] if event["type"] == "OutcomeUnknown"]


def test_a_history_is_plain_json() -> None:
    history = run_history(11)
    assert json.loads(json.dumps(history)) == history


def test_times_of_facts_and_events_never_run_back() -> None:
    history = run_history(12)
    for name in ("facts", "log"):
        times = [one["at"] for one in history[name]]
        assert times == sorted(times)


def test_every_plant_changes_a_history() -> None:
    changed: Counter[str] = Counter()
    for seed in range(40):
        whole = json.dumps(run_history(seed))
        for name, one in PLANTS.items():
            history = json.loads(whole)
            if one.put_in(history):
                changed[name] += json.dumps(history) != whole
    assert set(changed) == set(PLANTS)
    assert min(changed.values()) > 0


def test_one_seed_in_a_hundred_carries_a_plant_that_is_reported() -> None:
    part = run_part(PLANTED_AT, 1)
    assert (part.planted, part.planted_missed, part.judged) == (1, [], 1)
    assert run_part(PLANTED_AT + 1, 1).planted == 0
    assert PLANTED_EVERY == 100


def test_a_plant_is_named_in_the_history() -> None:
    history = run_history(3)
    assert history["planted"] is None
    assert plant(history)
    assert history["planted"] in PLANTS


def test_states_are_named_once_and_found_in_histories() -> None:
    assert len(set(STATES)) == len(STATES) >= 40
    reached: set[str] = set()
    for seed in range(100, 140):
        reached |= states_of(run_history(seed))
    assert reached <= set(STATES)
    assert len(reached) > 20


def test_a_timeline_tells_everything_in_order() -> None:
    history = run_history(9)
    lines = list(timeline(history))
    assert len(lines) >= len(history["facts"]) + len(history["log"])
    assert any("PaymentInitiated" in line for line in lines)


def test_parts_are_resumed_and_summed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "parts.jsonl"
    asked = ["--histories", "4", "--seed", "50", "--out", str(out)]
    assert main(asked) == 0
    assert main(asked) == 0  # nothing is left to do
    assert len(out.read_text().splitlines()) == 1
    assert main(["--sum", str(out)]) == 0
    told = capsys.readouterr().out
    assert "4 histories, seeds 50-53" in told
    assert "nothing was left to run" in told


def test_a_seed_is_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--replay", "21"]) == 0
    assert "scripts/simulate --replay 21" in capsys.readouterr().out


@pytest.mark.slow
def test_twenty_thousand_histories_hold_and_reach_every_state() -> None:
    total = summed(list(run_parts([(100_000, 20_000)], jobs=os.cpu_count() or 1)))
    assert failures(total) == [], told_of(total)
    assert total.judged == 20_000
    assert [name for name in STATES if name not in total.states] == []
