"""`python -m tests.simulation.sabotage list | search | refresh | report`: the bugs, seeds that
catch them, going on where a search stopped; new seeds where the known ones do no more;
docs/reports/sabotage.md.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter
from typing import Final

from tests.simulation.commits import commit
from tests.simulation.sabotage.catalogue import EVERY
from tests.simulation.sabotage.report import lines
from tests.simulation.sabotage.search import (
    HISTORIES_MAX,
    SEEDS_WANTED,
    Sound,
    catches,
    drop_all_but,
    keep,
    known_seeds,
    search,
)

SEEDS_LEAST: Final = 3  # that must still catch it before a refresh searches again


def main() -> int:
    """0 when every sabotage asked for was caught."""
    asked = _asked()
    names = asked.names or list(EVERY)
    if asked.what == "list":
        for name in names:
            _say(f"{name}\n    {EVERY[name].bug}\n    {', '.join(sorted(EVERY[name].expected))}")
        return 0
    if asked.what == "report":
        _say("\n".join(lines()))
        return 0
    asked.commit = commit()  # before this run changes what is known
    known, sound, missed = known_seeds(), Sound(), 0
    for name in names:
        seeds = known.get(name, {}).get("seeds", [])
        if asked.what == "refresh":
            seeds = [one for one in seeds if catches(EVERY[name], one, sound)]
        if len(seeds) < (SEEDS_LEAST if asked.what == "refresh" else asked.seeds) or asked.again:
            missed += not _searched(name, asked, sound)
        elif asked.what == "refresh":
            histories = seeds[0] - known[name]["start"] + 1
            keep(name, known[name] | {"seeds": seeds, "histories": histories})
            _say(f"{name}: {len(seeds)} of {len(known[name]['seeds'])} seeds still catch it")
    drop_all_but(EVERY.keys())
    return 1 if missed else 0


def _searched(name: str, asked: argparse.Namespace, sound: Sound) -> bool:
    """Whether it was caught."""
    begun = perf_counter()
    seeds = range(asked.start, asked.start + asked.histories)
    found = search(EVERY[name], seeds, sound, wanted=asked.seeds)
    found.commit = asked.commit
    keep(name, found.as_json())
    what = ", ".join(sorted(found.invariants)) or "NOT CAUGHT"
    first = found.seeds[0] if found.seeds else "-"
    _say(
        f"{name}: {what}; first seed {first} after {found.histories} histories, "
        f"{len(found.seeds)} seeds in {found.looked}, {found.unjudged} not judged, "
        f"{perf_counter() - begun:.0f} s"
    )
    return bool(found.seeds)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.sabotage")
    parser.add_argument("what", choices=("list", "search", "refresh", "report"))
    parser.add_argument("--names", nargs="+", choices=sorted(EVERY), metavar="NAME")
    parser.add_argument("--histories", type=int, default=HISTORIES_MAX, help="of each sabotage")
    parser.add_argument("--from", dest="start", type=int, default=0, metavar="SEED")
    parser.add_argument("--seeds", type=int, default=SEEDS_WANTED, help="wanted of each")
    parser.add_argument("--again", action="store_true", help="also those with seeds enough")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
