"""The columns of `payment_status`, and the row of one payment. Amounts in minor units."""

from __future__ import annotations

from typing import Final

from domain.log import Position, RecordedEvent
from domain.payment.events import PaymentEvent
from domain.payment.state import Known
from domain.payment.view import payment_view
from projections.tables import Column, Row, Table, storable, storable_number

PAYMENT_STATUS: Final = Table(
    name="payment_status",
    key=("id",),
    columns=(
        Column("id", "uuid"),
        Column("merchant", "text"),
        Column("status", "text"),
        Column("amount", "int"),
        Column("currency", "text"),
        Column("amount_captured", "int"),
        Column("amount_refunded", "int"),
        Column("gateway", "text"),
        Column("customer", "text"),
        Column("created_at", "time"),
        Column("updated_at", "time"),
        Column("revision", "int"),
        Column("created_position", "int"),
        Column("position", "int"),
        Column("view", "json"),
    ),
)


def payment_row(
    payment: Known, fact: PaymentEvent, event: RecordedEvent, *, created: Position
) -> Row:
    """The payment after `fact`, stored as `event`; `created` is its first event's position."""
    intent = payment.facts.intent
    view = payment_view(payment)
    return {
        "id": intent.payment,
        "merchant": storable(intent.merchant),
        "status": view["status"],
        "amount": intent.amount.amount,
        "currency": intent.amount.currency,
        "amount_captured": storable_number(view["amount_captured"]),
        "amount_refunded": storable_number(view["amount_refunded"]),
        "gateway": view["gateway"],
        "customer": None if intent.customer is None else storable(intent.customer),
        "created_at": intent.at,
        "updated_at": fact.at,
        "revision": event.revision,
        "created_position": created,
        "position": event.position,
        "view": view,
    }
