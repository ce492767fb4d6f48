"""The answers of API version 2026-12-01, the open one: corrections and new members go in here and
into domain/payment/view.py, until 0.2.0 is tagged (docs/versions.md)."""

from __future__ import annotations

from typing import Any, Final

from application.payments.problem import problem
from domain.payment.attempt import Command, Operation
from domain.payment.state import Canceled, Failed, InFlight, Known, Unknown
from domain.payment.view import payment_id, payment_view, refund_view, why_refused

Body = dict[str, Any]

FAILURES: Final = {
    "declined": "The payer's bank or instrument declined; tell the payer.",
    "no_gateway_available": "No gateway could take the payment; nothing was charged.",
    "not_charged": "It was settled that nothing was charged.",
    "not_completed_in_time": "The payment was not completed in its time; nothing was charged.",
}


def answer(payment: Known, command: Command) -> tuple[int, Body]:
    """Status and body of a concluded command."""
    if command.refused is not None:
        about = {"detail": command.detail, "retryable": False, "payment": _id(payment)}
        return 409, problem(409, command.refused, "The payment refuses this command.", **about)
    match command.ref.name:
        case "create":
            return _created(payment)
        case "refund":
            return _refunded(payment, command)
        case "resolve":
            return _resolved(payment, command)
        case _:
            return _changed(payment, command)


def on_the_way(payment: Known, command: Command) -> Body:
    """What is known of a command that has no answer yet: its refund, else its payment."""
    refund = payment.facts.operations.get(command.ref.id)
    if command.ref.name == "refund" and refund is not None:
        return refund_view(payment, refund)
    return payment_view(payment)


def _created(payment: Known) -> tuple[int, Body]:
    match payment:
        case Failed(code=code, retryable=retryable):
            failure = payment_view(payment)["failure"]
            more = {
                "detail": FAILURES.get(code, "The payment failed."),
                **_final(retryable),
                "payment": _id(payment),
                "decline": failure["decline"],
            }
            return 402, problem(402, code, "The payment was not charged.", **more)
        case InFlight() | Unknown():
            return 202, payment_view(payment)
        case _:
            return 202 if payment.facts.unwanted else 201, payment_view(payment)


def _refunded(payment: Known, command: Command) -> tuple[int, Body]:
    operation = payment.facts.operations[command.ref.id]
    refund = refund_view(payment, operation)
    if operation.state == "failed":
        return 402, _refused(payment, operation, "refund") | {"refund": refund["id"]}
    return 201 if refund["status"] == "succeeded" else 202, refund


def _changed(payment: Known, command: Command) -> tuple[int, Body]:
    facts, name = payment.facts, command.ref.name
    mine = [one for one in facts.operations.values() if _belongs(one.command, one.kind, command)]
    if mine and mine[-1].state == "failed":
        return 402, _refused(payment, mine[-1], name)
    still_open = any(one.state == "open" for one in mine)
    waiting = still_open or isinstance(payment, InFlight | Unknown) or facts.unwanted
    over = isinstance(payment, Canceled)
    return 202 if waiting and not over else 200, payment_view(payment)


def _resolved(payment: Known, command: Command) -> tuple[int, Body]:
    """202: a second operator must say the same."""
    tries = payment.facts.attempts.values()
    waits = any(one.proposed and one.proposed.command.id == command.ref.id for one in tries)
    return 202 if waits else 200, payment_view(payment)


def _refused(payment: Known, operation: Operation, name: str) -> Body:
    failure = why_refused(payment.facts, operation) or {}
    said = ": ".join(filter(None, (failure.get("code"), failure.get("message"))))
    return problem(
        402,
        f"{name}_failed",
        f"The gateway refused the {name}.",
        detail=f"The last reason was {said}.",
        payment=_id(payment),
        failure=failure,
        **_final(failure.get("retryable", False)),
    )


def _final(anew: bool) -> Body:
    """Of a command that has come to its end: every repeat gets this answer. `anew`: the same may be
    asked for again, with a new key."""
    return {"retryable": False, "retry_with_new_key": anew}


def _belongs(of: Any, kind: str, command: Command) -> bool:
    if of is not None:
        return bool(of.id == command.ref.id)
    return kind == "void" and command.ref.name == "cancel"


def _id(payment: Known) -> str:
    return payment_id(payment.facts.intent.payment)
