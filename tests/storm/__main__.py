"""`scripts/storm --payments N --blows B --mode embedded|production|both [--seed S] [--out FILE]`.

Half of both in each mode, one after the other, each a fresh installation; a line of JSON for each,
appended to FILE. Status 1 where anything was charged twice, lost or said untruly, where less than
99.9 % of the payments at honest behaviours ended as the books say, or where a lie went unseen that
is known to be seen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import signal
import sys
from pathlib import Path
from typing import Final

from tests.storm.place import standing
from tests.storm.reporting import line_of
from tests.storm.run import storm
from tests.storm.weather import LONG, MODES, SHORT

BOTH: Final = "both"
TERMINATED: Final = 128 + signal.SIGTERM


def main() -> int:
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # all that was started ends
    logging.basicConfig(level=asked.log_level.upper(), format="%(asctime)s %(name)s %(message)s")
    modes = MODES if asked.mode == BOTH else [asked.mode]
    weather = SHORT if asked.short else LONG
    passed = True
    for number, mode in enumerate(modes):
        payments, blows, seed = asked.payments // len(modes), asked.blows // len(modes), asked.seed
        with standing(mode, weather, keep=asked.keep) as place:
            outcome = asyncio.run(
                storm(
                    place,
                    weather,
                    payments=payments,
                    blows=blows,
                    seed=seed + number,
                    most_s=60 * asked.minutes / len(modes),
                )
            )
        line = line_of(outcome, mode, seed + number)
        passed = passed and line["passed"]
        text = json.dumps(line)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        if asked.out is not None:
            with asked.out.open("a") as file:
                file.write(text + "\n")
    return int(not passed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/storm", description=__doc__)
    parser.add_argument("--payments", type=int, default=500)
    parser.add_argument("--blows", type=int, default=30)
    parser.add_argument("--mode", choices=[*MODES, BOTH], default=BOTH)
    parser.add_argument("--seed", type=int, default=1, help="of the first mode")
    parser.add_argument("--minutes", type=float, default=math.inf, help="then nothing new begins")
    parser.add_argument("--short", action="store_true", help="with the times of CI")
    parser.add_argument("--out", type=Path, help="lines are appended here")
    parser.add_argument("--keep", action="store_true", help="leave books and logs for a person")
    parser.add_argument("--log-level", choices=["info", "warning", "error"], default="info")
    return parser


if __name__ == "__main__":
    sys.exit(main())
