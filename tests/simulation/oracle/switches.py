"""A switch of the read models to rows that say something else: nobody sees less than before."""

from __future__ import annotations

from typing import Any

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.verdicts import Findings

RULE = "no_reader_goes_back"


def check(case: Case, findings: Findings) -> None:
    for fact in case.history["facts"]:
        if fact["fact"] == "rows_switched":
            for wrong in _lost(fact["before"], fact["after"]):
                findings.broken(RULE, f"at the switch {wrong}")
        if fact["fact"] == "rows_read":
            _chosen(fact, findings)


def _lost(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What the rows showed that were read before, and those that are read now do not."""
    found = [
        f"{name} goes back from {position} to {after['positions'].get(name)}"
        for name, position in before["positions"].items()
        if after["positions"].get(name, -1) < position
    ]
    moved = after["positions"].get("recovery", -1) > before["positions"].get("recovery", -1)
    for stream, (revision, until, tries) in before["due"].items():
        now = after["due"].get(stream)
        if now is None and not moved:
            found.append(f"{stream} is on the work list no more")
        elif now is not None and now[0] == revision and now[1:] != [until, tries]:
            found.append(f"{stream} was put off until {until}, and is not any more")
    return found


def _chosen(fact: dict[str, Any], findings: Findings) -> None:
    """A program reads what serves; one that does not know it reads the newest that it knows."""
    right = min(fact["own"], fact["serves"])
    if fact["read"] != right:
        detail = f"{fact['process']} reads version {fact['read']} while {fact['serves']} serves"
        findings.broken(RULE, detail)
