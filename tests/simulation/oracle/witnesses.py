"""Do the witnesses suffice? A gap in them is nobody's fault, but no verdict is safe over it."""

from __future__ import annotations

from tests.simulation.oracle.case import MONEY, Case
from tests.simulation.oracle.verdicts import Findings


def check(case: Case, findings: Findings) -> None:
    if len(case.requests) != len(case.sends):
        findings.unsure("witnesses_suffice", "a request was sent twice under one number")
    for detail in (*case.gaps, *case.books.gaps):
        findings.unsure("witnesses_suffice", detail)
    for request in case.replies:
        send = case.requests.get(request)
        if send is None:
            findings.unsure("witnesses_suffice", f"request {request} was answered, but never sent")
        elif (send.kind in MONEY or send.kind == "cancel") and not case.books.by_request.get(
            request
        ):
            findings.unsure("witnesses_suffice", f"request {request} was answered, not booked")
    for request in case.books.by_request:
        if request not in case.requests:
            findings.unsure("witnesses_suffice", f"request {request} was booked, but never sent")
    for call in case.calls:
        if call.ended_at == float("inf"):
            detail = f"call {call.call} was neither answered nor lost"
            findings.unsure("witnesses_suffice", detail)
