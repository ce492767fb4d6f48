"""What the clients were told: the same for the same key, true of the revision named, acknowledged
only when stored, and never a 5xx over money."""

from __future__ import annotations

import json
from typing import Any

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.records import Attempt, Call, Send, plain_id
from tests.simulation.oracle.verdicts import Findings

TOLD = (
    "status", "amount", "currency", "amount_authorized", "amount_captured", "amount_capturable",
    "amount_refunded", "gateway", "attempts", "cancel_requested", "needs_review",
)  # fmt: skip


def check(case: Case, findings: Findings) -> None:
    for calls in case.groups.values():
        if len(calls) > 1:
            _same_bytes(calls, findings)
            _changed_body(calls, findings)
    for call in case.calls:
        if call.status is None:
            continue
        if call.status >= 500:
            _no_money_moved(case, call, findings)
        if call.status < 300:
            _acknowledged(case, call, findings)
        if call.view.get("object") == "payment":
            _matches(case, call, findings)
    _never_older(case, findings)


def canonical(body: dict[str, Any] | None) -> str:
    return json.dumps(body, sort_keys=True)


def _same_bytes(calls: list[Call], findings: Findings) -> None:
    answers = [one for one in calls if one.is_the_keys and one.status != 422]
    if len({(one.status, one.text) for one in answers}) > 1:
        told = ", ".join(f"{one.status} at {one.ended_at:.1f}" for one in answers)
        findings.broken("same_key_same_answer", f"key {calls[0].key}: {told}, not the same")
    if sum(1 for one in answers if not one.replayed) > 1:
        detail = f"key {calls[0].key}: two answers say that they are the first"
        findings.broken("same_key_same_answer", detail)


def _changed_body(calls: list[Call], findings: Findings) -> None:
    bodies: dict[str, list[Call]] = {}
    if all(one.body == calls[0].body and one.status != 422 for one in calls):
        return
    for call in calls:
        bodies.setdefault(canonical(call.body), []).append(call)
    taken = [
        body
        for body, group in bodies.items()
        if any(one.is_the_keys and one.status != 422 for one in group)
    ]
    if len(taken) > 1:
        detail = f"key {calls[0].key} was taken with {len(taken)} bodies"
        findings.broken("changed_body_refused", detail)
    if len(taken) == 1 and any(one.status == 422 for one in bodies[taken[0]]):
        detail = f"key {calls[0].key}: the body that was taken was also refused"
        findings.broken("same_key_same_answer", detail)


def _no_money_moved(case: Case, call: Call, findings: Findings) -> None:
    """Nothing is sent by a call that is answered 5xx, before or after. Bytes do not name the call
    that they carry out: only where no other call of the process can have sent them it is told."""
    for payment_id in _payments_of(case, call):
        payment = case.payments[payment_id]
        for attempt in payment.attempts.values():
            if not _carries_out(payment, attempt, call):
                continue
            for send in case.sent.get(attempt.key, ()):
                if send.at >= call.asked_at and _only_by(case, call, send, attempt):
                    detail = f"call {call.call}: {call.status}, and {send.kind} {send.key} was sent"
                    findings.broken("no_5xx_after_money", detail)


def _carries_out(payment: Payment, attempt: Attempt, call: Call) -> bool:
    """Is the try one of such a command, and not of a compensation?"""
    operation = payment.operations.get(attempt.operation)
    if operation is None:
        return call.verb == "create"
    return operation.command is not None and operation.kind == call.verb


def _payments_of(case: Case, call: Call) -> list[str]:
    if call.payment:
        return [call.payment] if call.payment in case.payments else []
    group = (call.merchant, call.verb, "", call.key)
    return [one for one in case.payments if group in case.creators.get(one, ())]


def _only_by(case: Case, call: Call, send: Send, attempt: Attempt) -> bool:
    if send.process != call.process or attempt.records[0].at < call.asked_at:
        return False
    if case.noticed.get((send.process, attempt.payment), float("inf")) <= send.at:
        return False  # the notice makes the process carry on whatever is on record
    others = [
        one
        for one in case.calls
        if (one.verb, one.payment, one.process) == (call.verb, call.payment, call.process)
        and one.asked_at <= send.at
        and (one.payment is not None or one.key == call.key)
    ]
    return others == [call]


def _acknowledged(case: Case, call: Call, findings: Findings) -> None:
    what = f"call {call.call} ({call.verb}, {call.status})"
    said = call.view.get("payment") or call.view.get("id")
    payment = case.payments.get(plain_id(str(said)))
    if payment is None or payment.events[0].at > call.ended_at:
        findings.broken("acknowledged_in_log", f"{what}: no stream of {said} was there")
        return
    if call.position is not None:
        stored = [one for one in case.events if one.at <= call.ended_at]
        if not stored or call.position > stored[-1].position:
            findings.broken(
                "acknowledged_in_log", f"{what}: position {call.position} was not there"
            )
        elif payment.events[0].position > call.position:
            findings.broken("acknowledged_in_log", f"{what}: its stream begins after the position")
    if call.view.get("object") == "refund":
        refund = payment.operations.get(plain_id(str(call.view["id"])))
        if refund is None or refund.kind != "refund":
            findings.broken("acknowledged_in_log", f"{what}: the refund is not in its stream")
        elif call.view["amount"] != refund.amount:
            findings.broken("answers_match_stream", f"{what}: the refund is of another amount")


def _matches(case: Case, call: Call, findings: Findings) -> None:
    payment = case.payments.get(plain_id(str(call.view["id"])))
    revision = call.view["revision"]
    what = f"call {call.call} ({call.verb})"
    folded = payment.views.get(revision) if payment is not None else None
    if payment is None or folded is None:
        findings.broken("acknowledged_in_log", f"{what}: revision {revision} is not in the log")
        return
    if any(one.revision == revision and one.at > call.ended_at for one in payment.events):
        findings.broken("acknowledged_in_log", f"{what}: revision {revision} came later")
    views = [folded | payment.frozen[revision].get(one, {}) for one in _versions(payment, call)]
    for name in TOLD:
        known = [one[name] for one in views]
        told = call.view.get(name, known[0] if name == "amount_capturable" else None)
        if told not in known:  # stories written by hand may leave out what can be captured
            detail = f"{what}: {name} is {told}, at {revision} it is {known[0]}"
            findings.broken("answers_match_stream", detail)
    refunds = [(plain_id(one["id"]), one["status"], one["amount"]) for one in call.view["refunds"]]
    if refunds != folded["refunds"]:
        findings.broken("answers_match_stream", f"{what}: refunds are {refunds}")


def _versions(payment: Payment, call: Call) -> list[str]:
    """In which versions of the API an answer may be: a command's in the one that it was first taken
    in, as is on record; a get tells today's truth in any."""
    of_verb = {
        str(one.data["command"]["api_version"])
        for records in payment.commands.values()
        for one, name in records
        if name == call.verb
    }
    return sorted(of_verb) or [""]


def _never_older(case: Case, findings: Findings) -> None:
    """A get shows at least what its merchant had been told, and the position that it names."""
    for call in case.calls:
        revision = call.view.get("revision")
        if call.verb != "get" or call.status != 200 or not isinstance(revision, int):
            continue
        payment = plain_id(str(call.view["id"]))
        for other in case.calls:
            told = other.view.get("revision")
            if other.ended_at >= call.asked_at or not isinstance(told, int) or told <= revision:
                continue
            if plain_id(str(other.view.get("id", ""))) == payment:
                detail = f"call {call.call}: revision {revision} after {told} had been told"
                findings.broken("answers_match_stream", detail)
        least = (call.body or {}).get("at_least")
        folded = case.payments.get(payment)
        newer = folded.events[revision + 1 :] if folded is not None else []
        if least is not None and newer and newer[0].position <= least:
            detail = f"call {call.call}: revision {revision} is older than position {least}"
            findings.broken("answers_match_stream", detail)
