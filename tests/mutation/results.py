"""What became of each mutant: kept in a file, so that a run can be broken off and taken up."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.mutation.mutants import Mutant

EQUIVALENT: Final = Path(__file__).with_name("equivalent.toml")
KILLED, SURVIVED, SLOW = "killed", "survived", "killed by time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    id: str
    path: str
    line: int
    text: str  # of the line before
    before: str
    after: str
    outcome: str
    seconds: float
    tests: str  # digest of the tests that a survivor survived


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A mutant that does what the original does, and why."""

    path: str
    text: str
    before: str
    after: str
    reason: str


def identity(path: str, mutant: Mutant) -> str:
    return sha256(f"{path}\n{mutant.source}".encode()).hexdigest()[:24]


def read(file: Path) -> Iterator[Result]:
    if file.exists():
        for line in file.read_text().splitlines():
            yield Result(**json.loads(line))


def keep(file: Path, result: Result) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write(json.dumps(asdict(result)) + "\n")


def known_equivalents() -> list[Known]:
    told: dict[str, list[dict[str, Any]]] = tomllib.loads(EQUIVALENT.read_text())
    return [Known(**one) for one in told.get("mutant", [])]


def is_known(result: Result, known: Iterable[Known]) -> bool:
    place = (result.path, result.text, result.before, result.after)
    return any(place == (one.path, one.text, one.before, one.after) for one in known)


def report(results: list[Result]) -> str:
    """A table by file and the survivors as lines that a diff would show."""
    known = known_equivalents()
    survivors = [one for one in results if one.outcome == SURVIVED]
    real = [one for one in survivors if not is_known(one, known)]
    tried, left = Counter(one.path for one in results), Counter(one.path for one in real)
    same = Counter(one.path for one in survivors if is_known(one, known))
    rows = [
        f"| {path} | {tried[path]} | {same[path]} | {left[path]} | "
        f"{_score(tried[path] - same[path], left[path])} |"
        for path in sorted(tried)
    ]
    counted = len(results) - sum(same.values())
    total = (
        f"| all | {len(results)} | {sum(same.values())} | {len(real)} | "
        f"{_score(counted, len(real))} |"
    )
    head = ["| file | mutants | equivalent | survived | killed |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, total, "", *(_shown(one) for one in real)])


def _score(counted: int, survived: int) -> str:
    return f"{100 * (counted - survived) / counted:.1f} %" if counted else "-"


def _shown(one: Result) -> str:
    return f"{one.path}:{one.line}\n  - {one.text}\n  + {one.before}  ->  {one.after}"
