"""The lines of the books, as written. A shape is never edited; audit.py reads them on its own."""

import msgspec


class ChargeBooked(msgspec.Struct, frozen=True, tag_field="type", tag="charge"):
    """A charge as first booked. ``asked`` and ``amount`` in minor units, times in Unix seconds.

    ``amount`` is what the gateway took or holds, which a magic lets differ from ``asked``.
    ``settles_as`` is the final status of a pending one, due at ``settles_at_s``.
    """

    at_s: float
    id: str
    key: str
    payment_id: str
    status: str
    asked: int
    amount: int
    currency: str
    method: str
    method_token: str
    bank: str | None
    capture: bool
    code: str | None = None
    network_code: str | None = None
    message: str | None = None
    settles_as: str | None = None
    settles_at_s: float | None = None


class ChargeSettled(msgspec.Struct, frozen=True, tag_field="type", tag="charge_settled"):
    """A pending charge became final."""

    at_s: float
    id: str
    status: str
    code: str | None = None
    network_code: str | None = None
    message: str | None = None


class OperationBooked(msgspec.Struct, frozen=True, tag_field="type", tag="operation"):
    """A capture, void or refund of one charge; pending amounts count as moved until declined.

    ``asked`` is the amount of the request, None where it left the amount to the books.
    """

    at_s: float
    id: str
    key: str
    kind: str
    charge_id: str
    status: str
    asked: int | None
    amount: int
    currency: str
    code: str | None = None
    message: str | None = None
    settles_as: str | None = None
    settles_at_s: float | None = None


class OperationSettled(msgspec.Struct, frozen=True, tag_field="type", tag="operation_settled"):
    """A pending operation became final."""

    at_s: float
    id: str
    status: str
    code: str | None = None
    message: str | None = None


class KeyCanceled(msgspec.Struct, frozen=True, tag_field="type", tag="key_canceled"):
    """From here on the key can never be charged."""

    at_s: float
    key: str


Entry = ChargeBooked | ChargeSettled | OperationBooked | OperationSettled | KeyCanceled
ENTRY_DECODER = msgspec.json.Decoder(Entry)
