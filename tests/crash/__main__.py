"""The long run: `scripts/crash --kills N --kind api|worker|postgres|all [--seed S] [--out FILE]`.

In parts of a few kills, each a fresh installation with a seed of its own; a line of JSON for each
part, appended to FILE; `--sum FILE ...` adds them up. `--leader N`: N times every trouble of an
EventStoreDB leader instead. `--stops N`: N times each an API and a worker is told to end in the
midst of a flood. Status 1 when anything was lost, doubled or too slow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, get_args

from api.processes.logs import start_logging
from tests.crash.kills import KINDS, SERVING_S_MAX, Kind
from tests.crash.leader import BACK_S_MAX, leader_run
from tests.crash.load import SETTLED_S_MAX
from tests.crash.outcome import Outcome
from tests.crash.run import crash_run
from tests.crash.stops import FILL_S, STOP_S_MAX, flooded, stops
from tests.crash.stops import Kind as StoppedKind
from tests.crash.summing import summed

KILLS_PER_PART: Final = 15
ALL: Final = "all"
# The defaults but for this: a payment whose gateway answers "not processed" to every repeat ends
# when nobody wants it any more, by default after a minute, and all is to be settled within one.
SETTINGS: Final = {"complete_within_s": 30.0}


def main() -> int:
    options = _parser().parse_args()
    if options.sum is not None:
        return _sum(options.sum)
    start_logging("error", "crash")
    if options.leader is not None:
        return _leaders(options)
    if options.stops is not None:
        return _stops(options)
    kinds: Sequence[Kind] = KINDS if options.kind == ALL else [options.kind]
    failed = False
    for part, count in enumerate(_parts(options.kills * len(kinds))):
        wanted = [kinds[number % len(kinds)] for number in range(count)]
        line = report(_run(wanted, options.seed + part), wanted)
        failed = failed or not line["passed"]
        _tell(line, options.out)
    return int(failed)


def _leaders(options: argparse.Namespace) -> int:
    failed = False
    for seed in range(options.seed, options.seed + options.leader):
        led = asyncio.run(leader_run(seed))
        passed = not led.outcome.faults and max(led.back.values()) <= BACK_S_MAX
        failed = failed or not passed
        line = {
            "commit": _commit(),
            "seed": seed,
            "acknowledged": led.outcome.judged.acknowledged,
            "lost": len(led.outcome.judged.lost),
            "double_charges": len(led.outcome.judged.doubled),
            "back_s": led.back,
            "faults": led.outcome.faults,
            "passed": passed,
        }
        _tell(line, options.out)
    return int(failed)


def _stops(options: argparse.Namespace) -> int:
    failed = False
    with flooded(FILL_S) as flood:
        for kind in get_args(StoppedKind):
            stopped = asyncio.run(stops(flood, kind, options.stops, seed=options.seed))
            slow = [one for one in stopped if not one.is_well or one.seconds > STOP_S_MAX]
            failed = failed or bool(slow)
            taken = sorted(one.seconds for one in stopped)
            line = {
                "commit": _commit(),
                "seed": options.seed,
                "process": kind,
                "stops": dict(Counter(one.way for one in stopped)),
                "codes": dict(Counter(str(one.code) for one in stopped)),
                "median_s": taken[len(taken) // 2],
                "slowest_s": taken[-1],
                "slow": [asdict(one) for one in slow],
                "passed": not slow,
            }
            _tell(line, options.out)
    return int(failed)


def _tell(line: dict[str, Any], out: Path | None) -> None:
    _say(json.dumps(line))
    if out is not None:
        with out.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _sum(files: Sequence[Path]) -> int:
    try:
        total = summed([json.loads(line) for one in files for line in one.read_text().splitlines()])
    except (OSError, ValueError) as wrong:
        sys.stderr.write(f"scripts/crash: {wrong}\n")
        return 2
    _say(json.dumps(total))
    return int(not total["passed"])


def report(outcome: Outcome, wanted: Sequence[Kind]) -> dict[str, Any]:
    """One part as a line: commit, seed, counts, and the slowest of each kind in seconds."""
    slow = [one for one in outcome.kills if one.serving > SERVING_S_MAX]
    settled_s = max(outcome.settling)
    return {
        "commit": _commit(),
        "seed": outcome.seed,
        "kills": dict(Counter(wanted)),
        "payments": outcome.judged.payments,
        "acknowledged": outcome.judged.acknowledged,
        "requests": outcome.requests,
        "lost": len(outcome.judged.lost),
        "double_charges": len(outcome.judged.doubled),
        "serving_s_max": {kind: _slowest(outcome, kind) for kind in dict.fromkeys(wanted)},
        "gone_s_max": round(max(one.gone for one in outcome.kills), 2),
        "settled_s_max": round(settled_s, 2),
        "verdicts": dict(Counter(one.outcome for one in outcome.verdicts)),
        "faults": outcome.faults,
        "slow": outcome.slow,
        "passed": not outcome.faults and not slow and settled_s <= SETTLED_S_MAX,
    }


def _slowest(outcome: Outcome, kind: Kind) -> float:
    return round(max(one.serving for one in outcome.kills if one.kind == kind), 2)


def _run(kinds: Sequence[Kind], seed: int) -> Outcome:
    data = Path(tempfile.mkdtemp(prefix="interlock-crash-"))
    try:
        return asyncio.run(crash_run(data, kinds, seed=seed, settings=SETTINGS))
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _parts(kills: int) -> Iterator[int]:
    while kills > 0:
        yield min(kills, KILLS_PER_PART)
        kills -= KILLS_PER_PART


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="of each kind (default 10)")
    parser.add_argument("--kind", choices=[*get_args(Kind), ALL], default=ALL)
    parser.add_argument("--seed", type=int, default=1, help="of the first part; others follow")
    parser.add_argument("--out", type=Path, help="report lines are appended here")
    parser.add_argument("--leader", type=int, metavar="N", help="so many runs of leaders that fail")
    parser.add_argument("--stops", type=int, metavar="N", help="so many stops of API and worker")
    parser.add_argument("--sum", type=Path, nargs="+", help="adds up such files, runs nothing")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
