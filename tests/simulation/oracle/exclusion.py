"""One charge at a time, one that stands, and none for a client who has left."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.knowledge import unknowable, why_unsettled
from tests.simulation.oracle.records import Record, Send
from tests.simulation.oracle.sums import open_operations, under_review
from tests.simulation.oracle.times import posix
from tests.simulation.oracle.tries import decided_at
from tests.simulation.oracle.verdicts import Findings

SERVED_S_MAX = 15.0  # longer than any request is served by a process that runs


def check(case: Case, findings: Findings) -> None:
    sent: dict[str, list[list[Send]]] = {}  # by payment, the sends of each key
    for sends in case.sent.values():
        if sends[0].kind == "charge":
            payment_id = case.payment_of(sends[0])
            if payment_id is None:
                findings.unsure("one_net_capture", f"charge {sends[0].key} is of no payment")
            else:
                sent.setdefault(payment_id, []).append(sends)
    for payment_id in {**case.payments, **sent}:
        keys = sent.get(payment_id, [])
        _one_at_a_time(case, payment_id, keys, findings)
        _one_stands(case, payment_id, keys, findings)
    for payment in case.payments.values():
        _not_too_late(case, payment, findings)
        _first_for_its_client(case, payment, findings)
        _not_after_end(case, payment, sent.get(payment.id, []), findings)


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
    """Of all keys that were sent or are on record, whoever saw the sends."""
    folded = case.payments.get(payment)
    every_key = dict.fromkeys(sends[0].key for sends in keys)
    every_key |= dict.fromkeys(one.key for one in (folded.charges if folded else ()))
    every = [one for key in every_key for one in case.books.of_key.get(key, ())]
    standing = [one for one in every if one.net > 0 or one.held > 0]
    if len(standing) < 2:
        return
    detail = f"{payment}: {' and '.join(one.reference for one in standing)} stand in the end"
    if any(unknowable(case, one.key) for one in standing):
        findings.unsure("one_net_capture", f"{detail}, one by a copy of the network")
    elif folded is not None and _is_given_back(
        folded, [one.key for one in standing if one.net > 0]
    ):
        findings.unsure("one_net_capture", f"{detail}, one on its way back, and a person was asked")
    elif sum(1 for one in standing if one.net > 0) > 1:
        findings.broken("one_net_capture", detail)
    else:  # whether what is held beside is being given back, endings.py asks
        findings.unsure("one_net_capture", f"{detail}, though all but one only held")


def _is_given_back(payment: Payment, keys: list[str]) -> bool:
    """Of all but the charge that the payment is about a compensation is open, and somebody was
    asked to look, or to give it back. How they came to stand at once, the other invariants ask."""
    open_ones = {one.charge_key for one in open_operations(payment) if one.compensation}
    open_ones |= {one.key for one in payment.charges if one.handed_over}
    about = payment.hold.key if payment.hold is not None else None
    beside = [one for one in keys if one != about]
    return bool(beside) and open_ones.issuperset(beside) and under_review(payment)


def _not_too_late(case: Case, payment: Payment, findings: Findings) -> None:
    """No try begins after the request was answered, nor after `complete_by`."""
    if payment.intent.get("merchant_initiated"):
        return
    answered = answered_at(case, payment.id)
    complete_by = posix(payment.intent["complete_by"]) - case.epoch
    for attempt in payment.charges:
        begun, sends = attempt.records[0], case.sent.get(attempt.key, [])
        if sends and begun.owner == sends[0].owner:
            late_s = sends[0].at - answered  # nobody took over: this is where the try began
        else:
            late_s = min(begun.at, begun.written - _skew(case, begun)) - answered
        if late_s > 0:
            detail = f"{payment.id}: try {attempt.key} began {late_s:.3f} s after the answer"
            findings.broken("no_try_after_answer", detail)
        late_s = begun.written - complete_by - float(case.settings["clock_skew_s"])
        if late_s > 0:
            detail = f"{payment.id}: try {attempt.key} began {late_s:.3f} s after complete_by"
            findings.broken("no_try_after_answer", detail)


def _first_for_its_client(case: Case, payment: Payment, findings: Findings) -> None:
    """A charge of which nobody said that it was sent may never have been, and its client may have
    heard that nothing was recorded. Whoever did not begin it sends it for that client alone, while
    his request, or a repeat of it, is being served."""
    if payment.intent.get("merchant_initiated"):
        return
    for attempt in payment.charges:
        begun = attempt.records[0]
        for send in case.sent.get(attempt.key, []):
            if send.owner == begun.owner or attempt.told_sent_at <= send.at:
                continue
            if not _asked_for(case, payment.id, send):
                detail = f"{payment.id}: {attempt.key} was sent at {send.at:.3f} for nobody"
                findings.broken("first_sent_for_its_client", detail)


def _asked_for(case: Case, payment: str, send: Send) -> bool:
    """Whether the process that sent was serving a create of this payment then; one that its client
    gave up goes on."""
    return any(
        one.process == send.process
        and one.asked_at <= send.at
        and send.at - one.asked_at <= SERVED_S_MAX + _stood_s(case, send, one.asked_at)
        for group in case.creators.get(payment, ())
        for one in case.groups[group]
    )


def _stood_s(case: Case, send: Send, since: float) -> float:
    """For how long at most its process stood still between then and the send: what it was asked
    meanwhile it takes for new when it goes on."""
    return sum(
        max(0.0, min(until, send.at) - max(begun, since))
        for process, begun, until in case.frozen
        if process == send.process
    )


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


def _not_after_end(
    case: Case, payment: Payment, keys: list[list[Send]], findings: Findings
) -> None:
    for sends in keys:
        decided = decided_at(case.attempts.get(sends[0].key), sends)
        for event in filter(None, (payment.ended, payment.succeeded)):
            if max(decided) > event.at:
                detail = f"{payment.id}: charge {sends[0].key} was sent after {event.type}"
                findings.broken("no_charge_after_end", detail)
