"""Parts from files: nothing counted twice, nothing left out, nothing green that was not judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.simulation import campaign
from tests.simulation.__main__ import main
from tests.simulation.adding_up import gaps
from tests.simulation.campaign import Part, failures, run_part, summed
from tests.simulation.plants import PLANTED_AT, PLANTS
from tests.simulation.rare_states import STATES


def written(file: Path, *parts: Part) -> str:
    file.write_text("".join(json.dumps(part.as_json()) + "\n" for part in parts))
    return str(file)


def part(first: int, count: int, commit: str = "abc", **more: Any) -> Part:
    return Part(first, count, commit, holds=count - more.get("broken", 0), **more)


def test_it_says_which_seeds_and_how_many_each_commit_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = written(tmp_path / "one", part(10, 10), part(0, 10))
    other = written(tmp_path / "other", part(50, 5, "def", planted=1), part(20, 4))
    assert main(["--sum", one, other]) == 0
    told = capsys.readouterr().out
    assert "29 histories, seeds 0-23, 50-54," in told
    assert "commit abc: 24 histories judged" in told
    assert "commit def: 5 histories judged" in told


@pytest.mark.parametrize(
    ("parts", "others", "twice"),
    [
        ([part(0, 10), part(9, 5)], [], "seeds 9-9 come twice"),
        ([part(0, 10)], [part(0, 10, "def")], "seeds 0-9 come twice"),
        ([part(0, 100)], [part(20, 5)], "seeds 20-24 come twice"),
    ],
)
def test_the_same_seeds_are_not_added_twice(
    parts: list[Part],
    others: list[Part],
    twice: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = written(tmp_path / "one", *parts), written(tmp_path / "other", *others)
    assert main(["--sum", *files]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"scripts/simulate --sum: {twice}\n")


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "one", part(0, 10))
    assert main(["--sum", file, file]) == 2


@pytest.mark.parametrize("text", [None, "no part\n", '{"first": 0}\n', '{"count": 1, "x": 2}\n'])
def test_a_file_that_cannot_be_read_is_not_passed_over(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parts"
    if text is not None:
        file.write_text(text)
    assert main(["--sum", written(tmp_path / "one", part(0, 10)), str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert str(file) in told.err
    assert told.err.count("\n") == 1


def test_a_run_begins_a_file_and_goes_on_there(tmp_path: Path) -> None:
    out = tmp_path / "parts"
    assert main(["--histories", "2", "--seed", "60", "--out", str(out)]) == 0
    assert main(["--histories", "4", "--seed", "60", "--out", str(out)]) == 0
    counted = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(one["first"], one["count"]) for one in counted] == [(60, 2), (62, 2)]


def test_what_the_oracle_could_not_read_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(history: dict[str, Any]) -> list[Any]:
        raise KeyError("facts")

    monkeypatch.setattr(campaign, "judge", cannot)
    found = run_part(0, 3)
    assert (found.alarmed, found.judged, found.holds) == (3, 0, 0)
    total = summed([found, found])
    assert total.alarmed == 6
    assert len(failures(total)) == 3

    planted = run_part(PLANTED_AT, 1)
    assert len(planted.planted_missed) == 1


def test_many_histories_without_a_planted_one_are_not_green() -> None:
    assert failures(part(0, 1_000)) == []
    assert failures(part(0, 1_001)) == ["no planted violation among 1001 histories"]
    assert failures(part(0, 1_001, planted=1)) == []


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        ([], [(10, 20)]),
        ([(10, 20)], []),
        ([(10, 5)], [(15, 15)]),
        ([(15, 5)], [(10, 5), (20, 10)]),
        ([(10, 5), (20, 5)], [(15, 5), (25, 5)]),
        ([(25, 50)], [(10, 15)]),
        ([(0, 12), (40, 5)], [(12, 18)]),
    ],
)
def test_what_no_part_holds_is_run(
    held: list[tuple[int, int]], missing: list[tuple[int, int]]
) -> None:
    assert gaps(10, 20, [part(first, count) for first, count in held]) == missing


def test_a_part_that_was_taken_out_is_run_again(tmp_path: Path) -> None:
    out = tmp_path / "parts"
    asked = ["--histories", "3", "--seed", "60", "--out", str(out)]
    commit = run_commit(asked, out)
    written(out, part(60, 1, commit), part(62, 1, commit))
    assert main(asked) == 0
    counted = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(one["first"], one["count"]) for one in counted] == [(60, 1), (62, 1), (61, 1)]


def run_commit(asked: list[str], out: Path) -> str:
    main(asked)
    return str(json.loads(out.read_text().splitlines()[0])["commit"])


def test_a_history_that_breaks_off_is_an_alarm_of_its_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken_off(seed: int) -> dict[str, Any]:
        raise RuntimeError("it does not come to rest")

    monkeypatch.setattr(campaign, "run_history", broken_off)
    (told,) = failures(run_part(7, 1))
    assert "seed 7" in told
    assert "it does not come to rest" in told


def test_a_violation_is_told_with_the_command_that_replays_it() -> None:
    found = part(0, 3, broken=1, findings={"x: broken": 1}, examples={"x: broken": [2]})
    assert failures(found) == [
        "x: broken in 1 histories, seeds [2]; again: scripts/simulate --replay 2"
    ]


def test_a_plant_that_is_reported_for_something_else_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, one in PLANTS.items():
        monkeypatch.setitem(PLANTS, name, replace(one, breaks=frozenset({"witnesses_suffice"})))
    assert len(run_part(PLANTED_AT, 1).planted_missed) == 1


def test_a_state_that_is_reached_too_seldom_fails_a_long_run() -> None:
    often = dict.fromkeys(STATES, 500)
    assert failures(part(0, 500_000, planted=1, states=often)) == []
    few = {**often, STATES[0]: 499}
    assert failures(part(0, 500_000, planted=1, states=few)) == [f"reached too seldom: {STATES[0]}"]
