"""From an HTTP answer to what it says, or that it cannot be read. Pure; trusts nothing.

Only a well-formed 200 tells of a charge and only `charged: false` is a definite no. Whatever else
came, above all a 5xx, a 409 or a proxy's page, says nothing about the money.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adapters.gateways.error_table import Decline, ErrorTable, Expiry, Refusal
from adapters.gateways.requests import CHARGE, VOID, charge_path
from adapters.gateways.shapes import (
    CanceledShape,
    ChargeShape,
    ErrorShape,
    OperationShape,
    StatusShape,
    Unreadable,
    read_shape,
    words,
)
from application.ports.gateways import NotOffered, Prepared
from domain.gateway.answers import (
    Absent,
    Answer,
    Authorized,
    Blocked,
    CancelAnswer,
    Captured,
    Declined,
    Done,
    Lapsed,
    LookedUp,
    NotProcessed,
    Pending,
)
from domain.money import InvalidMoney, Money

RETRY_AFTER_MAX_S: Final = 3_600
_SECONDS: Final = re.compile(r"\d{1,9}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer whose body was read whole."""

    status: int
    body: bytes
    retry_after: str | None = None


def answer_to(sent: Prepared, reply: Reply, table: ErrorTable) -> Answer:
    """What the gateway says about this send. Raises Unreadable when nothing definite."""
    if reply.status != 200:
        return _refused(sent.kind, reply, table)
    if sent.kind == CHARGE:
        return _charge(read_shape(reply.body, ChargeShape), sent.key, table)
    shape = read_shape(reply.body, OperationShape)
    if not sent.path.startswith(f"{charge_path(shape.charge_id)}/"):
        raise Unreadable("the answer is about another charge")
    return _operation(shape, sent.key, sent.kind, table)


def looked_up(key: UUID, kind: str, reply: Reply, table: ErrorTable) -> LookedUp:
    """What the gateway knows under the key. Raises Unreadable, NotOffered."""
    if reply.status == 200 and kind == CHARGE:
        return _charge(read_shape(reply.body, ChargeShape), key, table)
    if reply.status == 200:
        return _operation(read_shape(reply.body, OperationShape), key, kind, table)
    error = _error(reply)
    if (reply.status, error.code) == (404, "not_found"):
        return Absent()
    raise Unreadable(f"the look-up answered {reply.status}")


def canceled(key: UUID, reply: Reply, table: ErrorTable) -> CancelAnswer:
    """What is true after a cancellation by key. Raises Unreadable, NotOffered."""
    if reply.status != 200:
        _error(reply)
        raise Unreadable(f"the cancellation answered {reply.status}")
    if read_shape(reply.body, StatusShape).status != "canceled":
        return _charge(read_shape(reply.body, ChargeShape), key, table)
    shape = read_shape(reply.body, CanceledShape)
    _same_key(shape.key, key)
    if shape.charged:
        raise Unreadable("canceled and charged at once")
    return Blocked()


def _charge(
    shape: ChargeShape, key: UUID, table: ErrorTable
) -> Captured | Authorized | Pending | Declined:
    _same_key(shape.key, key)
    amount = _money(shape.amount, shape.currency)
    match shape.status:
        case "captured":
            return Captured(shape.id, amount)
        case "authorized":
            return Authorized(shape.id, amount)
        case "pending":
            return Pending(shape.id)
        case "declined":
            return _declined(shape, table)


def _operation(
    shape: OperationShape, key: UUID, kind: str, table: ErrorTable
) -> Done | Pending | Declined:
    _same_key(shape.key, key)
    if shape.type not in (None, kind):
        raise Unreadable(f"the answer is about a {shape.type}, not a {kind}")
    amount = _money(shape.amount, shape.currency)
    match shape.status:
        case "succeeded":
            return Done(shape.id, amount)
        case "pending":
            return Pending(shape.id)
        case "declined":
            return _declined(shape, table)


def _declined(shape: ChargeShape | OperationShape, table: ErrorTable) -> Declined:
    row = table.codes.get(shape.code or "")
    row = row if isinstance(row, Decline) else table.other_decline
    return Declined(
        code=row.code,
        network_code=shape.network_code or row.network_code,
        message=words(shape.message),
        advice=row.advice,
        reference=shape.id,
    )


def _refused(kind: str, reply: Reply, table: ErrorTable) -> Declined | Lapsed | NotProcessed:
    error = read_shape(reply.body, ErrorShape)
    if reply.status < 400 or error.charged is not False:
        raise Unreadable(f"an answer {reply.status} that does not say `charged: false`")
    row = table.codes.get(error.code)
    if isinstance(row, Decline):
        return Declined(
            code=row.code,
            network_code=row.network_code,
            message=words(error.message),
            advice=row.advice,
        )
    if isinstance(row, Expiry):
        if kind == VOID:
            return Lapsed()
        row = Refusal(row.code)
    if row is None:
        transient = reply.status in table.transient_statuses
        message = words(f"{error.code}: {error.message}")
        code = table.other_refusal
    else:
        code, transient, message = row.code, row.transient, words(error.message)
    wait_s = _retry_after_s(reply.retry_after)
    return NotProcessed(code=code, message=message, transient=transient, retry_after_s=wait_s)


def _error(reply: Reply) -> ErrorShape:
    """The protocol's error. Raises Unreadable for anything else, NotOffered for that one."""
    error = read_shape(reply.body, ErrorShape)
    if (reply.status, error.code) == (501, "not_offered"):
        raise NotOffered(words(error.message))
    return error


def _same_key(echoed: str, ours: UUID) -> None:
    if echoed != str(ours):
        raise Unreadable("the answer is about another key")


def _money(amount: int, currency: str) -> Money:
    try:
        return Money(amount, currency)
    except InvalidMoney:
        raise Unreadable("an unknown currency") from None


def _retry_after_s(header: str | None) -> float | None:
    """Seconds; a date is not understood, for the gateway's clock is not ours."""
    if header is None or _SECONDS.match(header) is None:
        return None
    return float(min(int(header), RETRY_AFTER_MAX_S))
