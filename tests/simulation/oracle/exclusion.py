"""One charge at a time, one that stands, and none for a client who has left."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.knowledge import unknowable, why_unsettled
from tests.simulation.oracle.records import Record, Send
from tests.simulation.oracle.tries import decided_at
from tests.simulation.oracle.verdicts import Findings


def check(case: Case, findings: Findings) -> None:
    charges: dict[str, list[list[Send]]] = {}  # by payment, the sends of each key
    for sends in case.sent.values():
        if sends[0].kind == "charge":
            payment = case.payment_of(sends[0])
            if payment is None:
                findings.unsure("one_net_capture", f"charge {sends[0].key} is of no payment")
            else:
                charges.setdefault(payment, []).append(sends)
    for payment, keys in charges.items():
        _one_at_a_time(case, payment, keys, findings)
        _one_stands(case, payment, keys, findings)
        _not_after_answer(case, payment, keys, findings)
        _not_after_end(case, payment, keys, findings)


def _one_at_a_time(case: Case, payment: str, keys: list[list[Send]], findings: Findings) -> None:
    for later in keys:
        for earlier in keys:
            if earlier is later or earlier[0].at > later[0].at:
                continue
            why = why_unsettled(case, earlier[0].key, later[0].at)
            if why is not None and earlier[0].request < later[0].request:
                detail = f"{payment}: {later[0].gateway} was asked at {later[0].at:.3f}, but {why}"
                findings.broken("one_gateway_at_a_time", detail)


def _one_stands(case: Case, payment: str, keys: list[list[Send]], findings: Findings) -> None:
    every = [one for sends in keys for one in case.books.of_key.get(sends[0].key, ())]
    standing = [one for one in every if one.net > 0 or one.held > 0]
    if len(standing) < 2:
        return
    detail = f"{payment}: {' and '.join(one.reference for one in standing)} stand in the end"
    if any(unknowable(case, one.key) for one in standing):
        findings.unsure("one_net_capture", f"{detail}, one by a copy of the network")
    elif any(one.net > 0 for one in standing):
        findings.broken("one_net_capture", detail)
    else:
        findings.unsure("one_net_capture", f"{detail}, though only held")


def _not_after_answer(case: Case, payment: str, keys: list[list[Send]], findings: Findings) -> None:
    answered = answered_at(case, payment)
    folded = case.payments.get(payment)
    if folded is not None and folded.intent.get("merchant_initiated"):
        return
    for sends in keys:
        attempt = case.attempts.get(sends[0].key)
        begun = attempt.records[0] if attempt is not None else None
        if begun is None or begun.owner == sends[0].owner:
            late_s = sends[0].at - answered  # nobody took over: this is where the try began
        else:
            late_s = min(begun.at, begun.written - _skew(case, begun)) - answered
        if late_s > 0:
            detail = f"{payment}: try {sends[0].key} began {late_s:.3f} s after the answer"
            findings.broken("no_try_after_answer", detail)


def _skew(case: Case, begun: Record) -> float:
    """How far the writer's clock is ahead: as its sends show, else the least that may be. A record
    that was decided in time may reach the log late; what counts is when it was decided."""
    shown = [one.owner_clock - one.at for one in case.sends if one.owner == begun.owner]
    return shown[0] if shown else float(case.settings["clock_skew_s"])


def answered_at(case: Case, payment: str) -> float:
    """When a client first heard of the payment; infinity for never."""
    heard = [
        one.ended_at
        for group in case.creators.get(payment, ())
        for one in case.groups[group]
        if one.tells and one.status not in (409, 422)
    ]
    return min(heard, default=float("inf"))


def _not_after_end(case: Case, payment: str, keys: list[list[Send]], findings: Findings) -> None:
    folded: Payment | None = case.payments.get(payment)
    if folded is None:
        return
    for sends in keys:
        decided = decided_at(case.attempts.get(sends[0].key), sends)
        for event in filter(None, (folded.ended, folded.succeeded)):
            if max(decided) > event.at:
                detail = f"{payment}: charge {sends[0].key} was sent after {event.type}"
                findings.broken("no_charge_after_end", detail)
