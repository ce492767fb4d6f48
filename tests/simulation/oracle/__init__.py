"""Judges one history by what its witnesses saw. Imports nothing of the system, only the standard
library; written from the design, so that it cannot share a mistake with what it judges.

`tests/simulation/history_format.md` says what a history is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.simulation.oracle import (
    answers,
    books,
    cards,
    chain,
    duties,
    effects,
    endings,
    exclusion,
    linearizability,
    looking,
    offers,
    owners,
    routes,
    rows,
    streams,
    switches,
    told,
    tries,
    truth,
    visibility,
    witnesses,
)
from tests.simulation.oracle.case import Case, read_case
from tests.simulation.oracle.verdicts import INVARIANTS, NEED_SENDS, Findings, Verdict

__all__ = ["INVARIANTS", "NEED_SENDS", "Verdict", "judge"]

CHECKS: Final[tuple[Callable[[Case, Findings], None], ...]] = (
    witnesses.check,
    streams.check,
    chain.check,
    books.check,
    owners.check,
    tries.check,
    looking.check,
    exclusion.check,
    routes.check,
    truth.check,
    offers.check,
    endings.check,
    duties.check,
    answers.check,
    told.check,
    effects.check,
    visibility.check,
    rows.check,
    switches.check,
    cards.check,
    linearizability.check,
)


def judge(history: dict[str, Any]) -> list[Verdict]:
    """One verdict for each of INVARIANTS, in their order.

    A history that cannot be read raises KeyError, ValueError or TypeError: it is the writer's
    mistake, and no verdict would mean anything.
    """
    case, findings = read_case(history), Findings()
    for check in CHECKS:
        check(case, findings)
    if not history.get("sends_witnessed", True):
        for name in NEED_SENDS:
            findings.unsure(name, "nobody saw what was sent")
    return findings.verdicts()
