"""docs/reports/sabotage.md, of what a search has found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.simulation.sabotage.catalogue import EVERY
from tests.simulation.sabotage.harmless import HARMLESS
from tests.simulation.sabotage.search import HISTORIES_MAX, SEEDS_WANTED, known_seeds

HEAD: Final = """\
# Planted bugs and what caught them

`python -m tests.simulation.sabotage search --again`, commit {commits}: {number} bugs, each looked
for until {wanted} seeds caught it or {most:,} histories were over. **All were caught**, the rarest
after {rarest:,} histories. What the lost layers of a bug break by themselves catches nothing.

{harmless} more stay harmless and do not count: {names}
(`tests/simulation/sabotage/harmless.py` says why).

| bug | what it does | caught by | first seed | after histories |
|---|---|---|---|---|"""


def lines() -> Iterator[str]:
    """The rarest first."""
    found = sorted(known_seeds().items(), key=lambda one: -one[1]["histories"])
    yield HEAD.format(
        commits=", ".join(sorted({known["commit"] for _, known in found})),
        number=len(found),
        wanted=SEEDS_WANTED,
        most=HISTORIES_MAX,
        rarest=found[0][1]["histories"],
        harmless=len(HARMLESS),
        names=", ".join(one.sabotage.name for one in HARMLESS),
    )
    for name, known in found:
        bug, caught = " ".join(EVERY[name].bug.split()), ", ".join(known["invariants"])
        yield f"| {name} | {bug} | {caught} | {known['seeds'][0]} | {known['histories']:,} |"
