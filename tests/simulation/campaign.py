"""Many histories: runs them in parts, has the oracle judge each, and adds up what was found.

The digest of a part is that of its histories in the order of their seeds, whoever ran it.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from typing import Any, Final

from tests.simulation.history import digest_of
from tests.simulation.oracle import Verdict, judge
from tests.simulation.plants import PLANTS, is_planted, plant
from tests.simulation.rare_states import STATES
from tests.simulation.reach import states_of
from tests.simulation.run import run_history

PART_HISTORIES: Final = 500
SWEEP_EVERY: Final = 250  # histories
EXAMPLES_MAX: Final = 20  # seeds kept per kind of finding
REACHED_LEAST: Final = 0.001  # of all histories, each state
CANNOT_TELL_MOST: Final = 0.005
ENOUGH_FOR_STATES: Final = 10_000  # histories, before a state that was never reached is a failure
ENOUGH_FOR_LEAST: Final = 500_000  # before one that was reached too seldom is
ENOUGH_FOR_SHARES: Final = 2_000
ENOUGH_FOR_A_PLANT: Final = 1_000  # histories: of more than these some carry a plant


@dataclass(slots=True)
class Part:
    """Counts are of histories as they ran; `planted` is how many of them were judged once more with
    a planted violation. `findings`: "invariant: outcome" to the number of histories."""

    first: int
    count: int
    commit: str = ""
    digest: str = ""
    holds: int = 0
    broken: int = 0
    cannot_tell: int = 0
    alarmed: int = 0  # nothing is broken, but an alarm: no verdict on such a history is safe
    findings: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[int]] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, int] = field(default_factory=dict)
    planted: int = 0
    planted_missed: list[str] = field(default_factory=list)
    events: int = 0

    @property
    def judged(self) -> int:
        return self.holds + self.broken + self.cannot_tell

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examined(seed: int) -> tuple[dict[str, Any], list[Verdict]]:
    """The history of a seed as it ran, and the oracle's verdicts on it."""
    history = run_history(seed)
    return history, _judged(history)


def missed(history: dict[str, Any], verdicts: list[Verdict]) -> str | None:
    """Puts the violation into the history that its seed carries, and judges it again: what was put
    in and not reported for what it is, on top of what was broken before."""
    plant(history)
    name = history["planted"]
    reported = _broken(_judged(history)) - _broken(verdicts)
    return None if name and reported & PLANTS[name].breaks else f"{name} (seed {history['seed']})"


def _judged(history: dict[str, Any]) -> list[Verdict]:
    try:
        return judge(history)
    except (LookupError, ValueError, TypeError) as failure:
        history["alarms"].append(f"the oracle could not read it: {failure!r}")
        return []


def _broken(verdicts: list[Verdict]) -> set[str]:
    return {one.invariant for one in verdicts if one.outcome == "broken"}


def run_part(first: int, count: int) -> Part:
    """A planted history counts twice: as it ran, and as planted. The digest is of what was planted
    in, where something was."""
    part, hashed = Part(first, count), hashlib.sha256()
    gc.freeze()
    gc.disable()  # a history is one heap of rubbish: swept now and then
    for seed in range(first, first + count):
        if seed % SWEEP_EVERY == 0:
            gc.collect()
        try:
            history, verdicts = examined(seed)
        except Exception as failure:
            _alarm(part, seed, f"it broke off: {failure!r}")
            continue
        _add(part, history, verdicts)
        if is_planted(seed):
            part.planted += 1
            unseen = missed(history, verdicts)
            part.planted_missed += [unseen] if unseen is not None else []
        hashed.update(digest_of(history).encode())
    gc.enable()
    part.digest = hashed.hexdigest()
    return part


def run_parts(ranges: Sequence[tuple[int, int]], *, jobs: int) -> Iterator[Part]:
    """Of (first seed, number), in this order."""
    cut = [
        (begin, min(PART_HISTORIES, first + count - begin))
        for first, count in ranges
        for begin in range(first, first + count, PART_HISTORIES)
    ]
    begins, sizes = [one for one, _ in cut], [one for _, one in cut]
    if jobs == 1:
        yield from map(run_part, begins, sizes)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_part, begins, sizes)


def summed(parts: list[Part]) -> Part:
    """All of them as one. The digest is that of their digests."""
    total = Part(min(one.first for one in parts), sum(one.count for one in parts))
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part.digest.encode())
        for name in ("holds", "broken", "cannot_tell", "alarmed", "planted", "events"):
            setattr(total, name, getattr(total, name) + getattr(part, name))
        total.planted_missed += part.planted_missed
        for name in ("findings", "states", "alarms"):
            added = Counter(getattr(total, name)) + Counter(getattr(part, name))
            setattr(total, name, dict(sorted(added.items())))
        for name, seeds in part.examples.items():
            total.examples[name] = (total.examples.get(name, []) + seeds)[:EXAMPLES_MAX]
    total.digest = hashed.hexdigest()
    total.commit = ", ".join(dict.fromkeys(one.commit for one in parts))
    return total


def failures(total: Part) -> list[str]:
    """Why the run is not green; [] when it is."""
    found = [f"{name} in {count} histories" for name, count in total.alarms.items()]
    for name, seeds in total.examples.items():
        if name.endswith(": broken"):
            again = f"again: scripts/simulate --replay {seeds[0]}"
            found.append(f"{name} in {total.findings[name]} histories, seeds {seeds[:5]}; {again}")
    if total.count > ENOUGH_FOR_A_PLANT and not total.planted:
        found.append(f"no planted violation among {total.count} histories")
    found += [f"planted and not reported: {one}" for one in total.planted_missed]
    if total.judged >= ENOUGH_FOR_SHARES and total.cannot_tell > CANNOT_TELL_MOST * total.judged:
        found.append(f"{total.cannot_tell} histories of which the oracle cannot tell")
    if total.judged >= ENOUGH_FOR_STATES:
        found += [f"never reached: {name}" for name in STATES if name not in total.states]
    if total.judged >= ENOUGH_FOR_LEAST:
        found += [f"reached too seldom: {name}" for name in seldom(total)]
    return found


def seldom(total: Part) -> list[str]:
    """The states that were reached in less than REACHED_LEAST of the histories."""
    least = REACHED_LEAST * max(1, total.judged)
    return [name for name in STATES if total.states.get(name, 0) < least]


def _add(part: Part, history: dict[str, Any], verdicts: list[Any]) -> None:
    seed = history["seed"]
    found = {f"{one.invariant}: {one.outcome}" for one in verdicts if one.outcome != "holds"}
    broken = any(name.endswith("broken") for name in found)
    part.events += len(history["log"])
    if broken:
        part.broken += 1
    elif history["alarms"]:
        part.alarmed += 1
    elif found:
        part.cannot_tell += 1
    else:
        part.holds += 1
    for name in sorted(found):
        part.findings[name] = part.findings.get(name, 0) + 1
        examples = part.examples.setdefault(name, [])
        if len(examples) < EXAMPLES_MAX:
            examples.append(seed)
    for name in sorted(states_of(history)):
        part.states[name] = part.states.get(name, 0) + 1
    for alarm in history["alarms"]:
        _alarm(part, seed, alarm)


def _alarm(part: Part, seed: int, alarm: str) -> None:
    name = f"alarm (seed {seed}): {alarm[:200]}"
    part.alarms[name] = part.alarms.get(name, 0) + 1
