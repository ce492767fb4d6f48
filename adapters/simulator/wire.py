"""The protocol's shapes: requests as read, answers as sent. Pure; decides nothing."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from adapters.simulator.plans import Refusal
from adapters.simulator.records import Charge, Operation

AMOUNT_MAX = 2**53 - 1
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[ -~]+\Z")]
Amount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
Charged = bool | Literal["unknown"]


class ChargeRequest(msgspec.Struct, frozen=True):
    """Body of ``POST /v1/charges``; amounts in minor units. Unknown members are ignored."""

    key: Key
    payment_id: Text
    amount: Amount
    currency: Currency
    method: Text
    method_token: Text
    bank: Text | None = None
    capture: bool = True


class OperationRequest(msgspec.Struct, frozen=True):
    """Body of capture, void and refunds; without an amount, all that is left."""

    key: Key
    amount: Amount | None = None


class CancelRequest(msgspec.Struct, frozen=True):
    """Body of ``POST /v1/cancellations``."""

    key: Key


class ChargeAnswer(msgspec.Struct, frozen=True):
    """A charge as told; the sums say what became of it since."""

    id: str
    key: str
    status: str
    amount: int
    currency: str
    code: str | None
    network_code: str | None
    message: str | None
    payment_id: str
    captured: int
    voided: int
    refunded: int


class OperationAnswer(msgspec.Struct, frozen=True):
    """A capture, void or refund as told."""

    id: str
    key: str
    charge_id: str
    status: str
    amount: int
    currency: str
    type: str
    code: str | None
    message: str | None


class ErrorAnswer(msgspec.Struct, frozen=True):
    """Every 4xx and 5xx. ``charged`` False is a definite no of this request only."""

    code: str
    message: str
    charged: Charged


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; where None stands for a reply, the connection is closed without one."""

    status: int
    body: bytes
    retry_after_s: int | None = None
    replayed: bool = False


ENCODER = msgspec.json.Encoder()
UNREADABLE = Reply(200, b'{"id": "ch_\x00<html>upstream connect error')


def charge_answer(charge: Charge) -> ChargeAnswer:
    """The charge's present truth."""
    entry = charge.entry
    return ChargeAnswer(
        entry.id,
        entry.key,
        charge.status,
        entry.amount,
        entry.currency,
        charge.code,
        charge.network_code,
        charge.message,
        entry.payment_id,
        charge.captured,
        charge.voided,
        charge.refunded,
    )


def operation_answer(operation: Operation) -> OperationAnswer:
    """The operation's present truth."""
    entry = operation.entry
    return OperationAnswer(
        entry.id,
        entry.key,
        entry.charge_id,
        operation.status,
        entry.amount,
        entry.currency,
        entry.kind,
        operation.code,
        operation.message,
    )


def told(record: Charge | Operation, *, replayed: bool = False) -> Reply:
    """The 200 of a record."""
    answer = charge_answer(record) if isinstance(record, Charge) else operation_answer(record)
    return Reply(200, ENCODER.encode(answer), replayed=replayed)


def error(status: int, code: str, message: str, *, charged: Charged = False) -> Reply:
    """An error reply."""
    return Reply(status, ENCODER.encode(ErrorAnswer(code, message, charged)))


def refused(refusal: Refusal, *, charged: Charged = False) -> Reply:
    """The reply that a refusal describes."""
    body = ENCODER.encode(ErrorAnswer(refusal.code, refusal.message, charged))
    return Reply(refusal.status, body, refusal.retry_after_s)
