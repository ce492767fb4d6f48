"""`scripts/mutate [--code domain] [--tests tests/domain ...] [--jobs 1] [--only PART]`, or
`scripts/mutate --patches [PART]` for those made by hand (patches.py).

Tries every mutant of the code with the tests that run its line, fastest first, and stops at the
first that notices. Resumable: what was killed is not tried again, what survived is once the tests
have changed. Ends with 1 where a survivor is not listed as equivalent.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Final

import pytest

from tests.mutation import live
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.patches import main as by_hand
from tests.mutation.results import (
    KILLED,
    SLOW,
    SURVIVED,
    Result,
    identity,
    is_known,
    keep,
    known_equivalents,
    read,
    report,
)
from tests.mutation.trial import ARGUMENTS, ROOT, ask_anew, forked

RESULTS: Final = ROOT / ".interlock" / "mutation"
TESTS: Final = ["tests/domain", "tests/merchants", "tests/payments"]
# Generated from a list; a test compares them with it, member by member.
GENERATED: Final = {"domain/currencies.py", "domain/countries.py"}
LEAST_S, TIMES_LONGER = 20.0, 5.0  # of the processor
WAITING_TIMES: Final = 20.0  # longer than that may a trial wait for it


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tests run which lines, and how long each takes."""

    lines: dict[str, set[tuple[str, int]]]
    seconds: dict[str, float]

    def tests_of(self, path: Path, mutant: Mutant, within_s: float = math.inf) -> list[str]:
        """Those of the line; of the whole file where it runs at import; else all. Fastest first,
        as many as fit into `within_s`."""
        file = str(path)
        found = self._running(path, mutant)
        if not found:
            found = [name for name, seen in self.lines.items() if any(f == file for f, _ in seen)]
            found += [name for name in self.lines if name not in set(found)]
        fastest = sorted(found, key=lambda name: self.seconds[name])
        until = accumulate(self.seconds[name] for name in fastest)
        fitting = [name for name, end_s in zip(fastest, until, strict=True) if end_s <= within_s]
        return fitting or fastest[:1]

    def is_run(self, path: Path, mutant: Mutant) -> bool:
        """Whether some test runs the line; else it runs at import, or never."""
        return bool(self._running(path, mutant))

    def _running(self, path: Path, mutant: Mutant) -> list[str]:
        last = mutant.line + mutant.before.count("\n")
        spot = {(str(path), line) for line in range(mutant.line, last + 1)}
        return [name for name, seen in self.lines.items() if seen & spot]


@dataclass(frozen=True, slots=True)
class Bounds:
    jobs: int = 1
    tests_s: float = math.inf  # of one mutant


@dataclass(slots=True)
class Trial:
    path: Path
    mutant: Mutant
    began: float
    bound_s: float


def reach(items: Sequence[pytest.Item], code: Path, scratch: Path) -> Reach:
    """Raises SystemExit where the tests fail without any mutant."""

    def work() -> int:
        lines, seconds, passed = live.watch(items, code)
        scratch.write_bytes(pickle.dumps((lines, seconds)))
        return 0 if passed else 1

    _, status = os.waitpid(forked(work), 0)
    if status:
        raise SystemExit("the tests fail on the code as it is: nothing can be learned")
    return Reach(*pickle.loads(scratch.read_bytes()))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def all_mutants(code: Path, only: str) -> Iterator[tuple[Path, Mutant]]:
    for path in sorted(code.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if only in name and name not in GENERATED:
            yield from ((path, mutant) for mutant in mutants_of(path.read_text()))


def identity_of(path: Path, mutant: Mutant) -> str:
    return identity(str(path.relative_to(ROOT)), mutant)


def digest_of(tests: Sequence[str]) -> str:
    """Of the files named, and of those below the folders named."""
    named = [ROOT / one for one in tests]
    files = sorted({one for way in named for one in (way, *way.rglob("*.py")) if one.is_file()})
    return sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:16]


class Campaign:
    def __init__(
        self, file: Path, digest: str, items: Sequence[pytest.Item], known: Reach, bounds: Bounds
    ) -> None:
        self._file, self._digest, self._reach, self._bounds = file, digest, known, bounds
        self._items = {one.nodeid: one for one in items}
        self._running: dict[int, Trial] = {}
        self.results: list[Result] = []

    def run(self, mutants: Sequence[tuple[Path, Mutant]]) -> list[Result]:
        before = {one.id: one for one in read(self._file)}
        named = [(identity_of(path, one), path, one) for path, one in mutants]
        new_first = sorted(named, key=lambda one: one[0] in before)
        for number, (name, path, mutant) in enumerate(new_first):
            old = before.get(name)
            if old and (old.outcome != SURVIVED or old.tests == self._digest):
                self.results.append(old)
                continue
            while len(self._running) >= self._bounds.jobs:
                self._reap()
            self._start(path, mutant)
            if number % 50 == 0:
                sys.stderr.write(f"{number} of {len(mutants)}\n")
        while self._running:
            self._reap()
        return self.results

    def _start(self, path: Path, mutant: Mutant) -> None:
        tests = self._reach.tests_of(path, mutant, self._bounds.tests_s)
        longest_s = sum(self._reach.seconds[one] for one in tests) * TIMES_LONGER
        bound_s = LEAST_S + longest_s
        process = forked(lambda: self._trial(path, mutant, tests), cpu_s=math.ceil(bound_s))
        self._running[process] = Trial(path, mutant, time.monotonic(), bound_s * WAITING_TIMES)

    def _trial(self, path: Path, mutant: Mutant, tests: list[str]) -> int:
        """In the process of the trial."""
        name = module_of(path)
        living = name in sys.modules and self._reach.is_run(path, mutant)
        if living and live.plant(name, path, mutant.source):
            return live.run([self._items[one] for one in tests])
        job = self._file.with_name(f"job-{os.getpid()}.json")
        told = {"name": name, "path": str(path), "source": mutant.source, "tests": tests}
        job.write_text(json.dumps(told))
        return ask_anew(job)

    def _reap(self) -> None:
        """Waits until one more has ended, or was ended."""
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process:
                timed_out = os.WIFSIGNALED(status)
                self._ended(process, SURVIVED if status == 0 else SLOW if timed_out else KILLED)
                return
            for late, trial in self._running.items():
                if time.monotonic() - trial.began > trial.bound_s:
                    os.killpg(late, signal.SIGKILL)
                    os.waitpid(late, 0)
                    self._ended(late, SLOW)
                    return
            time.sleep(0.02)

    def _ended(self, process: int, outcome: str) -> None:
        trial = self._running.pop(process)
        self._file.with_name(f"job-{process}.json").unlink(missing_ok=True)
        path, mutant = str(trial.path.relative_to(ROOT)), trial.mutant
        result = Result(
            id=identity(path, mutant),
            path=path,
            line=mutant.line,
            text=trial.path.read_text().splitlines()[mutant.line - 1].strip(),
            before=mutant.before,
            after=mutant.after,
            outcome=outcome,
            seconds=round(time.monotonic() - trial.began, 2),
            tests=self._digest,
        )
        self.results.append(result)
        keep(self._file, result)


def main() -> int:
    options = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    options.add_argument("--code", default="domain")
    options.add_argument("--tests", nargs="+", default=TESTS)
    options.add_argument("--only", default="", help="files with this in their path")
    options.add_argument("--again", action="store_true", help="only what survived before")
    options.add_argument("--seconds", type=float, default=math.inf, help="of tests for a mutant")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--patches", nargs="?", const="", metavar="PART", help="made by hand")
    asked = options.parse_args()
    if asked.patches is not None:
        return by_hand(asked.patches)
    code, file = ROOT / asked.code, RESULTS / f"{asked.code.replace('/', '-')}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []

    def try_all(items: Sequence[pytest.Item]) -> None:
        bounds = Bounds(asked.jobs, asked.seconds)
        known = reach(items, code, file.with_suffix(".reach"))
        digest = f"{digest_of(asked.tests)} {asked.seconds}"
        campaign = Campaign(file, digest, items, known, bounds)
        mutants = list(all_mutants(code, asked.only))
        if asked.again:
            left = {one.id for one in read(file) if one.outcome == SURVIVED}
            mutants = [one for one in mutants if identity_of(*one) in left]
        results.extend(campaign.run(mutants))

    status = pytest.main([*ARGUMENTS, *asked.tests], plugins=[live.HandsOver(try_all)])
    if not results:
        return int(status)
    sys.stdout.write(report(results) + "\n")
    listed = known_equivalents()
    left = [one for one in results if one.outcome == SURVIVED]
    return int(not all(is_known(one, listed) for one in left))


if __name__ == "__main__":
    sys.exit(main())
