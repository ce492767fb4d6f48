"""The log by itself: order, revisions, ids, and the bounds at every revision of every stream."""

from __future__ import annotations

from tests.simulation.oracle.case import FIRST, PAYMENT, Case
from tests.simulation.oracle.fold import OPERATIONS, Payment
from tests.simulation.oracle.records import Event, plain_id
from tests.simulation.oracle.sums import captured, total
from tests.simulation.oracle.verdicts import Findings


def check(case: Case, findings: Findings) -> None:
    _order(case, findings)
    for stream, events in case.streams.items():
        if stream.startswith(PAYMENT) and events[0].type != FIRST:
            findings.broken("streams_gapless", f"{stream} begins with {events[0].type}")
        for number, event in enumerate(events):
            if event.revision != number:
                detail = f"{stream}: revision {event.revision} where {number} was due"
                findings.broken("streams_gapless", detail)
                break
    for payment in case.payments.values():
        if any(event.type in OPERATIONS for event in payment.events):
            _bounds(case, payment, findings)


def _order(case: Case, findings: Findings) -> None:
    ids = {event.id for event in case.events}
    if len(ids) != len(case.events):
        findings.broken("event_ids_unique", f"{len(case.events) - len(ids)} ids come twice")
    before = None
    for event in case.events:
        if before is not None and (event.position <= before.position or event.at < before.at):
            detail = f"position {event.position} stands behind {before.position}"
            findings.broken("log_in_order", detail)
        before = event


def _bounds(case: Case, whole: Payment, findings: Findings) -> None:
    """Folds again, and looks after every event that may move an amount."""
    payment = Payment(whole.id, case.epoch)
    for event in whole.events:
        if event.type in OPERATIONS:
            _room(payment, event, findings)
        payment.step(event)
        if event.type in OPERATIONS or event.type.endswith(("Succeeded", "Observed")):
            _sums(payment, event.revision, findings)


def _sums(payment: Payment, revision: int, findings: Findings) -> None:
    where = f"{payment.id} at revision {revision}"
    for hold in payment.holds.values():
        taken = captured(payment, hold, with_open=True)
        voided = total(payment, hold.key, "void", with_open=True)
        if taken + voided > hold.amount:
            detail = f"{where}: {taken} captured and {voided} voided of {hold.amount}"
            findings.broken("bounds_in_streams", detail)
        back = total(payment, hold.key, "refund", with_open=True)
        if back > captured(payment, hold):
            detail = f"{where}: {back} refunded of {captured(payment, hold)}"
            findings.broken("bounds_in_streams", detail)


def _room(payment: Payment, event: Event, findings: Findings) -> None:
    """What must be over before an operation may begin. Asked before the event is folded."""
    where = f"{payment.id}: {event.type}"
    if payment.phase in ("in_flight", "unknown") and event.type != "CompensationStarted":
        findings.broken("bounds_in_streams", f"{where} while a charge is open")
    excluded = {"CaptureStarted": "void", "VoidStarted": "capture"}.get(event.type)
    for one in payment.operations.values():
        same = one.charge_key == plain_id(event.data["charge_key"])
        if same and one.state == "open" and one.kind == excluded:
            findings.broken("bounds_in_streams", f"{where} while a {excluded} is open")
