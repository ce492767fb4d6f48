"""`scripts/simulate`: runs histories, says what was reached and what the oracle found."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TextIO

from tests.simulation.adding_up import (
    CannotAddUp,
    gaps,
    judged_by_commit,
    kept_parts,
    parts_of,
    seed_ranges,
)
from tests.simulation.campaign import (
    Part,
    examined,
    failures,
    run_parts,
    seldom,
    summed,
)
from tests.simulation.commits import commit
from tests.simulation.rare_states import STATES
from tests.simulation.timeline import timeline


def main(arguments: list[str] | None = None) -> int:
    """0 when green, 1 when anything was found, 2 when files cannot be added up."""
    asked = _parser().parse_args(arguments)
    if asked.replay is not None:
        return _replay(asked.replay)
    if asked.sum:
        try:
            parts = parts_of(asked.sum)
        except CannotAddUp as why:
            _say(f"scripts/simulate --sum: {why}", to=sys.stderr)
            return 2
        return _report(parts, seconds=None)
    return _run(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/simulate", description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000, help="how many (1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first history (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at work (1)")
    parser.add_argument("--out", type=Path, help="appends a line per finished part, resumes there")
    parser.add_argument("--sum", type=Path, nargs="+", help="adds up such files, runs nothing")
    parser.add_argument("--replay", type=int, help="one seed: its timeline and its verdicts")
    return parser


def _run(asked: argparse.Namespace) -> int:
    state = commit()
    asked_for = range(asked.seed, asked.seed + asked.histories)
    kept = kept_parts(asked.out) if asked.out else []
    done = [one for one in kept if one.commit == state and one.first in asked_for]
    missing = gaps(asked.seed, asked.histories, done)
    left = sum(count for _, count in missing)
    parts, begun = list(done), time.perf_counter()
    for part in run_parts(missing, jobs=asked.jobs):
        part.commit = state
        parts.append(part)
        if asked.out:
            with asked.out.open("a") as file:
                file.write(json.dumps(part.as_json()) + "\n")
        _say(f"{part.first + part.count}: {part.broken} broken", to=sys.stderr)
    seconds = time.perf_counter() - begun
    _say(f"{left / seconds:.0f} histories/s" if left > 0 else "nothing was left to run")
    return _report(parts, seconds=seconds)


def _report(parts: list[Part], seconds: float | None) -> int:
    if not parts:
        _say("no histories")
        return 1
    total = summed(parts)
    for state, judged in judged_by_commit(parts).items():
        _say(f"commit {state}: {judged} histories judged")
    _say(f"{total.count} histories, seeds {seed_ranges(parts)}, {total.events} events")
    _say(f"digest {total.digest}")
    _say(f"holds {total.holds}, broken {total.broken}, cannot tell {total.cannot_tell}")
    if total.alarmed:
        _say(f"with an alarm {total.alarmed}")
    for name, count in total.findings.items():
        _say(f"  {name}: {count}, seeds {total.examples[name][:5]}")
    _say(f"planted {total.planted}, not reported {len(total.planted_missed)}")
    _print_states(total)
    found = failures(total)
    for one in found:
        _say(f"FAILED: {one}")
    broken = [seeds for name, seeds in total.examples.items() if name.endswith("broken")]
    if broken and seconds is not None:
        _replay(broken[0][0])
    return 1 if found else 0


def _print_states(total: Part) -> None:
    reached = [name for name in STATES if name in total.states]
    _say(f"states reached {len(reached)} of {len(STATES)}")
    for name in seldom(total):
        _say(f"  seldom: {name}: {total.states.get(name, 0)}")


def _replay(seed: int) -> int:
    history, verdicts = examined(seed)
    for line in timeline(history):
        _say(line)
    found = [one for one in verdicts if one.outcome != "holds"]
    for verdict in found:
        _say(f"{verdict.outcome}: {verdict.invariant}: {verdict.detail}")
    _say(f"again: scripts/simulate --replay {seed}")
    return 1 if any(one.outcome == "broken" for one in found) else 0


def _say(line: str, to: TextIO | None = None) -> None:
    (to or sys.stdout).write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
