"""What a status code claims: true of the stream, and never taken back once a key was answered."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.endings import CALM_S, OVER
from tests.simulation.oracle.fold import DONE_LATE, Payment
from tests.simulation.oracle.records import Call, plain_id
from tests.simulation.oracle.verdicts import Findings

STALE_S = 10.0  # so late may a read be
DENIES = (400, 401, 403, 404)
WAITING = ("processing", "pending_verification")
FAILED = {"capture": "CaptureFailed", "cancel": "VoidFailed", "refund": "RefundFailed"}
SETTLED = ("succeeded", "requires_capture", "partially_captured", "failed")


def check(case: Case, findings: Findings) -> None:
    for call in case.calls:
        if call.status is None:
            continue
        if call.verb == "get":
            _own_get(case, call, findings)
        else:
            why = _untrue(case, call)
            if why is not None:
                findings.broken("answers_match_stream", f"call {call.call}: {call.status}, {why}")
    for calls in case.groups.values():
        _stays_answered(case, calls, findings)


def _own_get(case: Case, call: Call, findings: Findings) -> None:
    payment = case.payments.get(call.payment or "")
    if payment is None or payment.merchant != call.merchant:
        return
    if call.status == 404 and payment.events[0].at < call.asked_at - STALE_S:
        findings.broken("acknowledged_in_log", f"call {call.call}: 404 of what is stored")
    elif call.status != 200 and call.asked_at >= _calm_at(case):
        detail = f"call {call.call}: {call.status} to its merchant, long after the faults"
        findings.broken("final_equals_books", detail)


def _calm_at(case: Case) -> float:
    """From then on everybody must be told."""
    return float(case.history["faults_end_s"]) + CALM_S


def _untrue(case: Case, call: Call) -> str | None:
    said = call.view.get("payment") or call.view.get("id")
    payment = case.payments.get(plain_id(str(said))) if said else None
    status, shown = call.status, call.view.get("status")
    if status == 402:
        return _untrue_no(payment, call)
    if status not in (200, 201, 202) or payment is None:
        return None  # answers.py wants an acknowledged payment's stream
    if call.verb == "create":
        waits = shown in WAITING
        if status == 201 and (waits or shown == "failed"):
            return f"and it is {shown}"
        return f"and it is {shown}" if status == 202 and shown in SETTLED else None
    if call.verb == "refund":
        return _untrue_refund(payment, call)
    if (
        status == 200
        and call.verb == "capture"
        and not _happened(payment, call, "CaptureSucceeded")
    ):
        return "and nothing was captured"
    if status == 200 and call.verb == "cancel" and shown not in OVER:
        return None if _happened(payment, call, "VoidSucceeded") else f"and it is {shown}"
    return None


def _untrue_no(payment: Payment | None, call: Call) -> str | None:
    """402: the gateway, or every gateway, said no, and that is on record."""
    if payment is None:
        return "of a payment that is in no stream"
    if call.verb == "create":
        return None if _happened(payment, call, "PaymentFailed") else "and it did not fail"
    refund = call.view.get("refund")
    if call.verb == "refund" and refund is None:
        return "without the refund"
    operation = plain_id(str(refund)) if refund else None
    kind = FAILED[call.verb]
    return None if _happened(payment, call, kind, operation) else f"and there is no {kind}"


def _untrue_refund(payment: Payment, call: Call) -> str | None:
    if call.view.get("object") != "refund":
        return None  # of the payment: given on the way, see interim.py
    shown, refund = call.view.get("status"), plain_id(str(call.view["id"]))
    if (call.status == 201) != (shown == "succeeded") or shown == "failed":
        return f"and the refund is {shown}"
    done = _happened(payment, call, "RefundSucceeded", refund)
    return "and it was not refunded" if shown == "succeeded" and not done else None


def _happened(payment: Payment, call: Call, kind: str, operation: str | None = None) -> bool:
    return any(
        (one.type == kind or (one.type == DONE_LATE and kind.endswith("Succeeded")))
        and one.at <= call.ended_at
        and (operation is None or plain_id(str(one.data.get("operation", ""))) == operation)
        for one in payment.events
    )


def _stays_answered(case: Case, calls: list[Call], findings: Findings) -> None:
    """Who asked after the key's answer was given gets that answer, and no denial of it."""
    answers = [one for one in calls if one.is_the_keys and one.status != 422]
    if not answers:
        return
    first = min(answers, key=lambda one: one.ended_at)
    for call in calls:
        if call.status is None or call.asked_at <= first.ended_at:
            continue
        denied = call.status in DENIES or (call.status == 202 and call.text != first.text)
        waits = call.status >= 500 or (call.status == 409 and not call.is_the_keys)
        if denied or (waits and call.asked_at >= _calm_at(case)):
            detail = f"key {call.key}: {call.status} after it was answered {first.status}"
            findings.broken("same_key_same_answer", detail)
