"""How every payment ends: finished or with a person, told as the books have it, and never failed
while something may stand."""

from __future__ import annotations

from typing import Any

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment, data_about
from tests.simulation.oracle.gateway_books import STANDS, Charge
from tests.simulation.oracle.knowledge import told_unreadably, unknowable, why_unsettled
from tests.simulation.oracle.records import plain_id
from tests.simulation.oracle.sums import (
    captured,
    open_operations,
    status,
    total,
    under_review,
    unneeded_holds,
    view,
)
from tests.simulation.oracle.times import posix
from tests.simulation.oracle.verdicts import Findings

CALM_S = 1_320.0  # beside all lateness and the time until a review is due
REVIEW_AFTER_S = 72 * 3600.0
OVER = ("failed", "canceled", "expired")
WAITS = ("ready", "in_flight", "unknown", "new")
UNREADABLE = ("amount_unreadable", "reference_unreadable")


def check(case: Case, findings: Findings) -> None:
    for payment in case.payments.values():
        _finished(case, payment, findings)
        _equals(case, payment, findings)
        if payment.ended is not None:
            _given_up(case, payment, findings)
    _strays(case, findings)
    _told(case, findings)


def _finished(case: Case, payment: Payment, findings: Findings) -> None:
    _reviews(case, payment, findings)
    why = _unfinished(payment) or _held_too_long(case, payment)
    if why is None or under_review(payment):
        return
    lateness = max((float(one["lateness_s"]) for one in case.gateways.values()), default=0.0)
    enough_s = CALM_S + lateness + float(case.settings.get("review_after_s", REVIEW_AFTER_S))
    begun = _open_since(payment)
    left_s = float(case.history["end_s"]) - max(float(case.history["faults_end_s"]), begun)
    if left_s < enough_s:
        findings.unsure("accepted_is_finished", f"{payment.id}: {why}, after too short a calm")
    else:
        findings.broken("accepted_is_finished", f"{payment.id}: {why}")


def _open_since(payment: Payment) -> float:
    """True time at which the oldest operation that is still open was begun."""
    begun = [
        payment.attempts[one.keys[0]].records[0].at
        for one in open_operations(payment)
        if one.keys[0] in payment.attempts
    ]
    return min(begun, default=payment.events[0].at)


def _reviews(case: Case, payment: Payment, findings: Findings) -> None:
    """A person is asked only after a machine has tried for so long, or where the gateway has said
    that it did something and not what: else asking would be an end that excuses everything."""
    settings = case.settings
    after_s = float(settings.get("review_after_s", REVIEW_AFTER_S))
    least_s = after_s - 2 * float(settings["clock_skew_s"])
    for event in payment.events:
        attempt = payment.attempts.get(plain_id(str(event.data.get("key", ""))))
        if event.type != "ReviewRequested" or attempt is None or data_about(event) == "charge":
            continue  # of the last, offers.py asks
        operation = payment.operations.get(attempt.operation)
        first = payment.attempts[operation.keys[0]] if operation is not None else attempt
        tried_s = posix(event.data["at"]) - case.epoch - first.records[0].written
        if event.data["reason"] in UNREADABLE and told_unreadably(case, attempt.key, event.at):
            continue
        if tried_s < least_s:
            detail = f"{payment.id}: a person was asked after {tried_s:.0f} s, not {after_s:.0f}"
            findings.broken("accepted_is_finished", detail)


def _held_too_long(case: Case, payment: Payment) -> str | None:
    """A hold that its gateway lets go of is released by then, and not kept as if it stood."""
    hold = payment.hold
    if hold is None or payment.phase != "authorized" or payment.succeeded is None:
        return None
    gateway = case.gateways[payment.attempts[hold.key].gateway]
    lifetime_s = gateway["authorization_lifetime_s"]
    if lifetime_s is None or captured(payment, hold, with_open=True):
        return None
    since = max(payment.succeeded.at + lifetime_s, float(case.history["faults_end_s"]))
    over_s = float(case.history["end_s"]) - since
    enough_s = 2 * CALM_S + float(gateway["lateness_s"])
    return f"it is held {over_s:.0f} s after its hold lapsed" if over_s > enough_s else None


def _unfinished(payment: Payment) -> str | None:
    if payment.phase in WAITS:
        return f"it ended {payment.phase}"
    if payment.unwanted and payment.phase in ("authorized", "captured", "conflicted"):
        return "it was canceled on its way, and what stands was not given back"
    for one in open_operations(payment):
        return f"{one.kind} {one.id} is open"
    voids = [one for one in payment.operations.values() if one.kind == "void"]
    if payment.cancel_requested and payment.phase == "authorized" and not voids:
        return "its cancellation was never carried out"
    for hold in unneeded_holds(payment):
        return f"charge {hold.key} stands and was not given back"
    return None


def _charges(case: Case, payment: Payment) -> list[Charge]:
    return [one for each in payment.charges for one in case.books.of_key.get(each.key, ())]


def _equals(case: Case, payment: Payment, findings: Findings) -> None:
    """What the stream says in the end against the books, open amounts either way."""
    hold = payment.hold
    if hold is None or payment.phase in OVER:
        return
    for charge in case.books.of_key.get(hold.key, ()):
        if charge.state not in STANDS or charge.authorized != hold.amount:
            continue
        for kind, booked in (("capture", charge.captured), ("refund", charge.refunded)):
            base = hold.captured if kind == "capture" else 0
            least = base + total(payment, hold.key, kind, with_open=False)
            most = base + total(payment, hold.key, kind, with_open=True)
            if not least <= booked <= most:
                detail = f"{payment.id}: {kind}s came to {booked} in the books, not {least}"
                if any(unknowable(case, key) for key in payment.attempts):
                    findings.unsure("final_equals_books", detail)
                else:
                    findings.broken("final_equals_books", detail)
        return
    findings.broken("final_equals_books", f"{payment.id} is {status(payment)}, not in the books")


def _given_up(case: Case, payment: Payment, findings: Findings) -> None:
    """Failed, canceled or expired: known not charged at that moment, or given back; and in the
    end nothing is held or taken."""
    if payment.ended is None:
        return
    for attempt in payment.charges:
        if attempt.verdict == "succeeded" or attempt.late:
            continue
        why = why_unsettled(case, attempt.key, payment.ended.at)
        if why is not None:
            detail = f"{payment.id} was given up, but of {attempt.key} {why}"
            findings.broken("failed_means_not_charged", detail)
    for charge in _charges(case, payment):
        if charge.state not in STANDS or (charge.net <= 0 and charge.held <= 0):
            continue
        detail = f"{payment.id} is {payment.phase}, and {charge.reference} stands"
        unclear = under_review(payment) or unknowable(case, charge.key)
        if unclear or _just_held(case, charge):
            findings.unsure("failed_means_not_charged", detail)
        else:
            findings.broken("failed_means_not_charged", detail)


def _just_held(case: Case, charge: Charge) -> bool:
    """Only held, and sure to lapse by itself after the history's end."""
    lifetime = case.gateways[charge.gateway]["authorization_lifetime_s"]
    end = float(case.history["end_s"])
    return charge.net <= 0 and lifetime is not None and end < charge.states[0][0] + lifetime


def _strays(case: Case, findings: Findings) -> None:
    """Charges in the books that no stream knows."""
    for charge in case.books.charges.values():
        if charge.key not in case.attempts and (charge.net > 0 or charge.held > 0):
            detail = f"{charge.reference} stands in the books, and its key is in no stream"
            findings.broken("final_equals_books", detail)


def _told(case: Case, findings: Findings) -> None:
    """What was read in the end. Whom no client knows is told of by its row alone."""
    last = {
        plain_id(str(call.view["id"])): call
        for call in case.calls
        if call.verb == "get" and call.status == 200
    }
    calm = float(case.history["faults_end_s"])
    if case.payments and not any(call.asked_at >= calm for call in last.values()):
        findings.unsure("final_equals_books", "nothing was read in the end")
    for payment in case.payments.values():
        call = last.pop(payment.id, None)
        if call is not None and call.asked_at >= payment.events[-1].at:
            _as_folded(payment, call.view, findings)
    for payment_id in last:
        findings.broken("final_equals_books", f"{payment_id} was told of, and is in no stream")


def _as_folded(payment: Payment, told: dict[str, Any], findings: Findings) -> None:
    folded = view(payment)
    for name in ("status", "amount", "currency", "amount_captured", "amount_refunded"):
        if told[name] != folded[name]:
            detail = f"{payment.id}: {name} told as {told[name]}, it is {folded[name]}"
            findings.broken("final_equals_books", detail)
