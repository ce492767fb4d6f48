"""The answer of a command: a pure function of the stream up to what concluded it.

So a repeat gets the same bytes after any restart, with or without the cache. A rendering that was
ever given out is never edited: a new API version gets its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.payment.attempt import Command
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.state import Failed, InFlight, Known, New, Unknown
from domain.payment.view import payment_id, payment_view, refund_view

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, body and type as the client gets them. `payment` and `revision` name the state
    that it tells of; `position` is where the log was (it travels in a header)."""

    status: int
    body: bytes
    content_type: str
    payment: UUID
    revision: int
    position: int
    replayed: bool = False
    final: bool = True  # False: the command is still being carried out


class NotConcluded(Exception):
    """The command is on record, and its answer is not known yet."""


def render(events: Sequence[PaymentEvent], command: Command, *, position: int) -> Answer:
    """Raises NotConcluded."""
    if command.concluded is None:
        raise NotConcluded(str(command.ref.id))
    payment = fold(events[: command.concluded + 1])
    if isinstance(payment, New):
        raise NotConcluded(str(command.ref.id))
    return rendered(payment, payment.facts.commands[command.ref.id], position=position)


def rendered(payment: Known, command: Command, *, position: int) -> Answer:
    """The command's answer as of this state."""
    status, body = RENDERINGS[command.ref.api_version](payment, command)
    return Answer(
        status=status,
        body=to_bytes(body),
        content_type=PROBLEM if status >= 400 else JSON,
        payment=payment.facts.intent.payment,
        revision=payment.facts.revision,
        position=position,
    )


def on_the_way(payment: Known, command: Command) -> bytes:
    """What is known of a command that has no answer yet: its refund, else its payment."""
    refund = payment.facts.operations.get(command.ref.id)
    if command.ref.name == "refund" and refund is not None:
        return to_bytes(refund_view(payment, refund))
    return to_bytes(payment_view(payment))


def to_bytes(body: dict[str, Any]) -> bytes:
    return _to_json(body).encode()


def problem(status: int, code: str, title: str, **more: Any) -> dict[str, Any]:
    """RFC 9457, with our stable code."""
    return {
        "type": f"urn:interlock:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
    } | more


def _v2026_11_01(payment: Known, command: Command) -> tuple[int, dict[str, Any]]:
    if command.refused is not None:
        about = {"detail": command.detail, "retryable": False, "payment": _id(payment)}
        return 409, problem(409, command.refused, "The payment refuses this command.", **about)
    match command.ref.name:
        case "create":
            return _created(payment)
        case "refund":
            return _refunded(payment, command)
        case _:
            return _changed(payment, command)


def _created(payment: Known) -> tuple[int, dict[str, Any]]:
    match payment:
        case Failed(code=code, retryable=retryable):
            failure = payment_view(payment)["failure"]
            more = {
                "detail": FAILURES.get(code, "The payment failed."),
                "retryable": retryable,
                "payment": _id(payment),
                "decline": failure["decline"],
            }
            return 402, problem(402, code, "The payment was not charged.", **more)
        case InFlight() | Unknown():
            return 202, payment_view(payment)
        case _:
            return 202 if payment.facts.unwanted else 201, payment_view(payment)


def _refunded(payment: Known, command: Command) -> tuple[int, dict[str, Any]]:
    refund = refund_view(payment, payment.facts.operations[command.ref.id])
    if refund["status"] == "failed":
        more = {"retryable": False, "payment": _id(payment), "refund": refund["id"]}
        return 402, problem(402, "refund_failed", "The gateway refused the refund.", **more)
    return 201 if refund["status"] == "succeeded" else 202, refund


def _changed(payment: Known, command: Command) -> tuple[int, dict[str, Any]]:
    facts, name = payment.facts, command.ref.name
    mine = [one for one in facts.operations.values() if _belongs(one.command, one.kind, command)]
    if mine and mine[-1].state == "failed":
        more = {"retryable": True, "payment": _id(payment), "detail": f"{mine[-1].code}"}
        return 402, problem(402, f"{name}_failed", f"The gateway refused the {name}.", **more)
    still_open = any(one.state == "open" for one in mine)
    waiting = still_open or isinstance(payment, InFlight | Unknown) or facts.unwanted
    over = type(payment).__name__ == "Canceled"
    return 202 if waiting and not over else 200, payment_view(payment)


def _belongs(of: Any, kind: str, command: Command) -> bool:
    if of is not None:
        return bool(of.id == command.ref.id)
    return kind == "void" and command.ref.name == "cancel"


def _id(payment: Known) -> str:
    return payment_id(payment.facts.intent.payment)


FAILURES: Final = {
    "declined": "The payer's bank or instrument declined; tell the payer.",
    "no_gateway_available": "No gateway could take the payment; nothing was charged.",
    "not_charged": "It was settled that nothing was charged.",
    "not_completed_in_time": "The payment was not completed in its time; nothing was charged.",
}

RENDERINGS: Final[dict[str, Callable[[Known, Command], tuple[int, dict[str, Any]]]]] = {
    "2026-11-01": _v2026_11_01,
}
