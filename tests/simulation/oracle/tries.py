"""Keys, repeats and retries: one try one key, in time, to the same place, bounded."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.knowledge import refused
from tests.simulation.oracle.records import SENDS, Attempt, Send
from tests.simulation.oracle.times import posix
from tests.simulation.oracle.verdicts import Findings


def check(case: Case, findings: Findings) -> None:
    for key, sends in case.sent.items():
        attempt = case.attempts.get(key)
        _same(key, sends, findings)
        _in_time(case, attempt, sends, findings)
        _new_keys(case, attempt, sends, findings)
    _bounded(case, findings)
    for payment in case.payments.values():
        for invariant, detail in payment.odd:
            findings.broken(invariant, detail)


def _same(key: str, sends: list[Send], findings: Findings) -> None:
    first = sends[0]
    for send in sends[1:]:
        if (send.kind, send.gateway) != (first.kind, first.gateway):
            findings.broken("one_try_one_key", f"{key} was sent as {first.kind} and {send.kind}")
        elif (send.account, send.endpoint) != (first.account, first.endpoint):
            findings.broken("repeats_are_the_same", f"{key} went to {first.account} and elsewhere")
        elif send.payload != first.payload:
            findings.broken("repeats_are_the_same", f"{key} was sent with other bytes")


def _in_time(case: Case, attempt: Attempt | None, sends: list[Send], findings: Findings) -> None:
    """Whoever decides on a repeat sends it within the send window, by a clock that may be off."""
    first, repeats = sends[0], sends[1:]
    if not repeats:
        return
    lifetime_s = float(case.gateways[first.gateway]["key_lifetime_s"])
    if lifetime_s == 0.0:
        detail = f"{first.kind} {first.key} was sent {len(sends)} times to {first.gateway}"
        findings.broken("single_send_without_keys", detail)
        return
    slack_s = float(case.settings["send_window_s"]) + float(case.settings["clock_skew_s"])
    late_s = repeats[-1].at - first.at - lifetime_s / 2 - slack_s
    if late_s > 0:
        detail = f"{first.key} was repeated {late_s:.1f} s after half its lifetime"
        findings.broken("repeats_in_time", detail)
    if attempt is not None and first.kind == "charge":
        intent = case.payments[attempt.payment].intent
        late_s = repeats[-1].at - (posix(intent["complete_by"]) - case.epoch) - slack_s
        if late_s > 0:
            detail = f"charge {first.key} was repeated {late_s:.1f} s after complete_by"
            findings.broken("repeats_in_time", detail)


def _new_keys(case: Case, attempt: Attempt | None, sends: list[Send], findings: Findings) -> None:
    """A repeat is for the unknown. Once every send had its definite no, or the stream settled the
    key, the next send needs a new one."""
    decided = decided_at(attempt, sends)
    for number, send in enumerate(sends[1:], start=1):
        if attempt is not None and attempt.settled_at < decided[number]:
            detail = f"{send.kind} {send.key} was sent after it was {attempt.verdict}"
            findings.broken("retries_draw_new_keys", detail)
        elif not _on_record_as_unknown(attempt, send.at) and all(
            refused(case, one, send.at) for one in sends[:number]
        ):
            detail = f"{send.kind} {send.key} was sent again after a definite no"
            findings.broken("retries_draw_new_keys", detail)


def decided_at(attempt: Attempt | None, sends: list[Send]) -> list[float]:
    """When each send was put on record by its sender. Between that and the socket somebody else
    may learn how the key stands, and nobody can call the send back. Each record is for one send:
    what goes out without one was decided when it went out."""
    records = [] if attempt is None else [one for one in attempt.records if one.what in SENDS]
    decided = []
    for send in sends:
        own = [one for one in records if one.owner == send.owner and one.at <= send.at]
        if own:
            records.remove(own[-1])
        decided.append(own[-1].at if own else send.at)
    return decided


def _on_record_as_unknown(attempt: Attempt | None, at: float) -> bool:
    """Who goes on from the record, as a new owner must, does not know what was heard."""
    return attempt is not None and attempt.unknown_since <= at


def _bounded(case: Case, findings: Findings) -> None:
    tries_max, refusals_max = case.settings["tries_max"], case.settings["refusals_max"]
    sent: dict[str, set[str]] = {}
    for key, sends in case.sent.items():
        target = case.payment_of(sends[0]) if sends[0].kind == "charge" else None
        if target is not None:
            sent.setdefault(target, set()).add(key)
    for payment_id, keys in sent.items():
        if len(keys) > tries_max:
            findings.broken("tries_bounded", f"{payment_id}: {len(keys)} charges were sent")
    for payment in case.payments.values():
        if len(payment.charges) > tries_max:
            detail = f"{payment.id}: {len(payment.charges)} charge tries on record"
            findings.broken("tries_bounded", detail)
        refusals = sum(1 for one in payment.events if one.type == "CommandRefused")
        if refusals > refusals_max:
            findings.broken("tries_bounded", f"{payment.id}: {refusals} refusals on record")
