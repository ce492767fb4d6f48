"""The gateways' books by themselves: nobody could take or give back more than there was."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.verdicts import Findings


def check(case: Case, findings: Findings) -> None:
    for detail in case.books.overdrawn:
        findings.broken("bounds_in_books", detail)
