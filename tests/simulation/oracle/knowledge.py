"""What could be known of a key at a moment: only what the gateways had told by then counts.

A definite no speaks of one send, not of the key.
"""

from __future__ import annotations

from typing import Any

from tests.simulation.oracle.case import Case, parsed
from tests.simulation.oracle.gateway_books import STANDS
from tests.simulation.oracle.records import Send

NO_OF_ONE_SEND = ("refused", "declined", "blocked")
TELLS = (200, 402, 422)  # what was done is not told by a 500 or a 429
FINAL_NO = ("declined", "blocked")
CURRENCIES = ("INR", "EUR", "USD", "JPY", "BHD")  # that the clients of a history ask for
HEARD_WITHIN_S = 1.0  # until what one process was told is on record for the others


def why_unsettled(case: Case, key: str, at: float) -> str | None:
    """None when it was known at `at` that nothing stands under the key and nothing ever will."""
    sends = [one for one in case.sent.get(key, ()) if one.at <= at]
    if not sends:
        return None
    for charge in case.books.of_key.get(key, ()):
        state = charge.state_at(at) if not unknowable(case, key, at) else None
        if state == "pending" or (state in STANDS and (charge.net or charge.held)):
            return f"the charge is {state}"
    if _final_no(case, key, at) or _absent(case, key, sends, at):
        return None
    if _taken_over(case, key, at):
        return "it was taken over, and nothing final is known"
    if all(refused(case, one, at) for one in sends):
        return None
    return "not every send got a definite no"


def unknowable(case: Case, key: str, at: float = float("inf")) -> bool:
    """Did the network's own copy move money under a key whose every send was told its refusal, and
    no look-up had told of a charge that stands by `at`? Then nobody can have known of it."""
    moved = [
        case.requests.get(-1 if one.request is None else one.request)
        for one in case.books.by_key.get(key, ())
        if one.first and one.result in (*STANDS, "pending", "done")
    ]
    copies = [one for one in moved if one is not None and one.copy_of is not None]
    told = any(
        charge.state_at(answered) in STANDS
        for _, answered in _look_ups(case, key, at - HEARD_WITHIN_S, found=True)
        for charge in case.books.of_key.get(key, ())
    )
    no = all(refused(case, one, at) for one in case.sent.get(key, ()) if one.at <= at)
    return bool(copies) and no and not told


def told_unreadably(case: Case, key: str, at: float) -> bool:
    """Had a gateway answered by `at` that something was done under the key, and not how much, or
    not under which name?"""
    of_key = [one for one in case.sends if one.key == key and _arrived(case, one.request, at)]
    return any(_is_unreadable(parsed(case.replies[one.request].text)) for one in of_key)


def _is_unreadable(told: dict[str, Any]) -> bool:
    amount, currency, name = told.get("amount"), told.get("currency"), told.get("id")
    readable = isinstance(amount, int) and isinstance(currency, str) and isinstance(name, str)
    return told.get("status") in (*STANDS, "succeeded") and not (
        readable and name and currency in CURRENCIES
    )


def _said_no(case: Case, send: Send) -> bool:
    booked = case.books.by_request.get(send.request, ())
    return any(one.result in NO_OF_ONE_SEND for one in booked)


def _final_no(case: Case, key: str, at: float) -> bool:
    """The charge itself was reported as finally not charged, or the key as blocked."""
    for booking in case.books.by_key.get(key, ()):
        if booking.result not in FINAL_NO or booking.kind not in ("charge", "cancel"):
            continue
        heard = booking.request is not None and _arrived(case, booking.request, at)
        if heard and case.replies[booking.request or 0].status in TELLS:
            return True
    return any(
        charge.state_at(heard) == "declined"
        for charge in case.books.of_key.get(key, ())
        for _, heard in _look_ups(case, key, at, found=True)
    )


def _absent(case: Case, key: str, sends: list[Send], at: float) -> bool:
    """A look-up after all lateness found nothing, where absence is final."""
    gateway = case.gateways.get(sends[-1].gateway, {})
    if not gateway.get("absence_is_final"):
        return False
    after = sends[-1].at + gateway["lateness_s"] - 1e-3
    return any(asked >= after for asked, _ in _look_ups(case, key, at, found=False))


def _look_ups(case: Case, key: str, at: float, *, found: bool) -> list[tuple[float, float]]:
    """(asked, answered) of the look-ups of the key that had told of something, or of its absence,
    by `at`. What was refused tells nothing."""
    told = []
    for send in case.sends:
        if send.kind == "look_up" and send.key == key and send.at <= at:
            reply = case.replies.get(send.request)
            if (
                reply
                and reply.arrives
                and reply.at <= at
                and reply.status == (200 if found else 404)
            ):
                told.append((send.at, reply.at))
    return told


def _taken_over(case: Case, key: str, at: float) -> bool:
    attempt = case.attempts.get(key)
    records = attempt.records if attempt else ()
    return any(one.what == "taken_over" and one.at <= at for one in records)


def refused(case: Case, send: Send, at: float) -> bool:
    return _arrived(case, send.request, at) and _said_no(case, send)


def _arrived(case: Case, request: int, at: float) -> bool:
    reply = case.replies.get(request)
    return reply is not None and reply.arrives and reply.at <= at
