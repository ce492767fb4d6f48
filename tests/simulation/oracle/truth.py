"""Is what the streams say of keys what the books say, and did the clients ask for it?"""

from __future__ import annotations

from tests.simulation.oracle.case import Case, body_of
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.gateway_books import STANDS, Charge
from tests.simulation.oracle.knowledge import unknowable
from tests.simulation.oracle.records import Attempt, Operation
from tests.simulation.oracle.verdicts import Findings


def check(case: Case, findings: Findings) -> None:
    for payment in case.payments.values():
        for attempt in payment.charges:
            _charge(case, payment, attempt, findings)
        for operation in payment.operations.values():
            _operation(case, payment, operation, findings)
    _as_asked(case, findings)


def _charge(case: Case, payment: Payment, attempt: Attempt, findings: Findings) -> None:
    charges = case.books.of_key.get(attempt.key, [])
    standing = [one for one in charges if one.state in STANDS]
    if attempt.verdict == "succeeded" or attempt.late:
        said = (attempt.taken, attempt.captured)
        if said not in [(one.authorized, one.states[-1][1] == "captured") for one in standing]:
            detail = f"{payment.id}: charge {attempt.key} stands in the stream, not in the books"
            findings.broken("stream_equals_books", detail)
        for charge in standing[1:]:
            detail = f"{payment.id}: {charge.reference} stands too, and no event knows of it"
            _stands_unseen(case, charge, detail, findings)
    elif attempt.verdict is not None:
        for charge in standing:
            detail = f"{payment.id}: {attempt.key} is {attempt.verdict}, and {charge.reference}"
            _stands_unseen(case, charge, f"{detail} stands in the books", findings)


def _stands_unseen(case: Case, charge: Charge, detail: str, findings: Findings) -> None:
    """A charge that the network's own copy of a refused request made: nobody can have known."""
    if unknowable(case, charge.key):
        findings.unsure("stream_equals_books", f"{detail}, by a copy of the network")
    else:
        findings.broken("stream_equals_books", detail)


def _operation(case: Case, payment: Payment, operation: Operation, findings: Findings) -> None:
    booked = [case.books.done(key) for key in operation.keys]
    moved = [amount for amount in booked if amount]
    what = f"{payment.id}: {operation.kind} {operation.id}"
    if len(moved) > 1 and not any(unknowable(case, key) for key in operation.keys):
        findings.broken("one_effect", f"{what} was done {len(moved)} times")
    if any(unknowable(case, key) for key in operation.keys):
        findings.unsure("stream_equals_books", f"{what} was done by a copy of the network")
        return
    if operation.state == "failed" and moved:
        findings.broken("stream_equals_books", f"{what} failed in the stream, not in the books")
    if operation.state == "succeeded" and sum(moved) != operation.amount:
        if operation.kind == "void" and _let_go(case, operation):
            return
        detail = f"{what} came to {sum(moved)} in the books, {operation.amount} in the stream"
        findings.broken("stream_equals_books", detail)


def _let_go(case: Case, operation: Operation) -> bool:
    """The gateway itself released the hold: there was nothing to void any more."""
    charges = case.books.of_key.get(operation.charge_key, [])
    return bool(charges) and all(one.held == 0 for one in charges)


def _as_asked(case: Case, findings: Findings) -> None:
    for payment in case.payments.values():
        _intent(case, payment, findings)
        asked = payment.intent.get("amount", {})
        for attempt in payment.attempts.values():
            _sent_as_meant(case, payment, attempt, findings)
        for attempt in payment.charges:
            for charge in case.books.of_key.get(attempt.key, ()):
                _booked_as_meant(payment, asked, charge, findings)


def _intent(case: Case, payment: Payment, findings: Findings) -> None:
    """The stream's intent against the diary of who created it."""
    groups = case.creators.get(payment.id) or [
        group for group in case.groups if group[1] == "create" and group[0] == payment.merchant
    ]
    bodies = [one.body or {} for group in groups for one in case.groups[group]]
    amount = payment.intent.get("amount", {})
    said = (amount.get("amount"), amount.get("currency"), payment.intent.get("capture_method"))
    wishes = [
        (one.get("amount"), one.get("currency"), one.get("capture_method", "automatic"))
        for one in bodies
    ]
    if said not in wishes:
        findings.broken("as_asked", f"{payment.id} is about {said}, which nobody asked for")


def _sent_as_meant(case: Case, payment: Payment, attempt: Attempt, findings: Findings) -> None:
    sends = case.sent.get(attempt.key)
    if not sends:
        return
    body = body_of(sends[0].payload)
    meant = payment.intent["amount"] if attempt.kind == "charge" else {"amount": attempt.amount}
    for name in ("amount", "currency"):
        if name in meant and name in body and body[name] != meant[name]:
            detail = f"{attempt.kind} {attempt.key} was sent with {name} {body[name]}"
            findings.broken("as_asked", f"{payment.id}: {detail}, not {meant[name]}")
    if attempt.kind == "charge" and "amount" not in body:
        findings.unsure("as_asked", f"{payment.id}: the charge's bytes name no amount")
    at_once = attempt.kind == "charge" and body.get("capture") is True
    if at_once and payment.intent["capture_method"] == "manual":
        findings.broken("as_asked", f"{payment.id}: captured at once, asked to wait")


def _booked_as_meant(
    payment: Payment, asked: dict[str, object], charge: Charge, findings: Findings
) -> None:
    """A gateway that takes something else than it was asked for makes the payment conflicted."""
    if charge.state not in STANDS or charge.net + charge.held <= 0:
        return
    admitted = payment.phase in ("conflicted", "failed", "canceled", "unknown", "in_flight")
    if not admitted and {"amount": charge.authorized, "currency": charge.currency} != asked:
        detail = f"{payment.id}: {charge.reference} took {charge.authorized} {charge.currency}"
        findings.broken("as_asked", detail)
