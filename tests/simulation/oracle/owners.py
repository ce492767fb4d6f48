"""Who may send, when, and what must be on record before: every send against its stream.

The stream's record is what the system claims; the sends are the network's word.
"""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.records import SENDS, Attempt, Record, Send
from tests.simulation.oracle.verdicts import Findings

CLOCK_GRAIN_S = 1e-3  # the stream's times are rounded
OWNS = ("started", "taken_over")


def check(case: Case, findings: Findings) -> None:
    for key, sends in case.sent.items():
        attempt = case.attempts.get(key)
        if attempt is None:
            for send in sends:
                findings.broken("recorded_before_sent", f"{send.kind} {key} is in no stream")
            continue
        for number, send in enumerate(sends, start=1):
            _recorded(attempt, send, number, findings)
            _owned(attempt, send, findings)
    _cancels(case, findings)
    for attempt in case.attempts.values():
        _take_overs(case, attempt, findings)


def _recorded(attempt: Attempt, send: Send, number: int, findings: Findings) -> None:
    before = [one.what for one in attempt.records if one.at <= send.at]
    allowed = sum(1 for one in before if one in SENDS) - before.count("not_sent")
    if allowed < number:
        detail = f"send {number} of {send.kind} {send.key} at {send.at:.3f}, {allowed} on record"
        findings.broken("recorded_before_sent", detail)
    recorded = (attempt.kind, attempt.gateway, attempt.account, attempt.endpoint)
    if number == 1 and recorded != (send.kind, send.gateway, send.account, send.endpoint):
        detail = f"{send.kind} {send.key} went to {send.gateway}, recorded for {attempt.gateway}"
        findings.broken("recorded_before_sent", detail)


def _owned(attempt: Attempt, send: Send, findings: Findings) -> None:
    if not _is_owner(attempt, send):
        detail = f"{send.kind} {send.key} at {send.at:.3f} was sent by {send.owner}"
        findings.broken("sent_by_owner", detail)
        return
    limits = [
        one.send_before
        for one in attempt.records
        if one.what in SENDS and one.owner == send.owner and one.at <= send.at
    ]
    if limits and send.owner_clock > (limits[-1] or 0.0) + CLOCK_GRAIN_S:
        late_s = send.owner_clock - (limits[-1] or 0.0)
        findings.broken("sent_in_time", f"{send.kind} {send.key} was sent {late_s:.3f} s late")


def _is_owner(attempt: Attempt, send: Send) -> bool:
    """Was the sender the owner just before or at the moment of the send?"""
    before = [one.owner for one in attempt.records if one.what in OWNS and one.at < send.at]
    at_once = [one.owner for one in attempt.records if one.what in OWNS and one.at == send.at]
    return send.owner in (before[-1:] + at_once)


def _cancels(case: Case, findings: Findings) -> None:
    """A cancel by key moves nothing, and is wished for whoever sends it: it may come from anybody
    who ever owned the try, but from no stranger."""
    for send in case.sends:
        attempt = case.attempts.get(send.key)
        if send.kind != "cancel" or send.copy_of is not None or attempt is None:
            continue
        owners = {one.owner for one in attempt.records if one.what in OWNS and one.at <= send.at}
        if send.owner not in owners:
            findings.broken("sent_by_owner", f"cancel of {send.key} was sent by {send.owner}")


def _take_overs(case: Case, attempt: Attempt, findings: Findings) -> None:
    wait_s = float(case.settings["answer_window_s"]) + float(case.settings["clock_skew_s"])
    before: Record | None = None  # the latest that allowed a send
    owner: str | None = None
    for record in attempt.records:
        if record.what == "taken_over":
            dead = case.crashed.get(owner or "", float("inf")) <= record.at
            # The writer's own word for when it was counts as far as its clock may be off.
            taken = min(record.written, record.at + float(case.settings["clock_skew_s"]))
            early_s = (before.send_before or 0.0) + wait_s - taken if before else 0.0
            if early_s > CLOCK_GRAIN_S and not dead and owner != record.owner:
                findings.broken("takeover_waits", f"{attempt.key} was taken {early_s:.1f} s early")
        elif record.what in SENDS:
            before = record
            if owner not in (None, record.owner) and record.what == "repeated":
                detail = f"{attempt.key}: {record.owner} repeats, the owner is {owner}"
                findings.broken("sent_by_owner", detail)
        if record.what in OWNS:
            owner = record.owner
