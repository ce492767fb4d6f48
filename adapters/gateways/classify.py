"""From an HTTP answer to what it says, or that it cannot be read. Pure; trusts nothing.

Only an answer under our key tells of a charge, and only `charged: false` is a definite no, when it
is bound to this very request (bound.py). Whatever else came, above all a 5xx, a 409 or a proxy's
page, says nothing about the money.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from adapters.gateways.bound import Reply, must_be_bound, must_name, retry_after_s
from adapters.gateways.error_table import Decline, ErrorTable, Expiry, Refusal
from adapters.gateways.requests import CHARGE, VOID, charge_path
from adapters.gateways.shapes import Told, Unreadable, money_of, read_told, reference_of, text_of
from application.ports.gateways import NotOffered, Prepared
from domain.gateway.answers import (
    REFERENCE_CHARACTERS_MAX,
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
    Sums,
    Unclear,
    Undone,
)
from domain.money import Money
from domain.outside import words

DECIDES: Final = ("id", "key", "status", "amount", "currency", "charge_id", "type")
KINDS: Final = (CHARGE, "capture", "void", "refund")
MONEY: Final = ("captured", "authorized", "pending", "succeeded")
REVERSED: Final = "reversed"
SUMS: Final = ("captured", "voided", "refunded")  # of a charge: what became of it


def answer_to(sent: Prepared, reply: Reply, table: ErrorTable) -> Answer:
    """What the gateway says about this send. Raises Unreadable when nothing definite."""
    told = read_told(reply.body)
    if not _is_success(reply):
        return _refused(sent, reply, told, table)
    if sent.kind == CHARGE:
        return _charge(told, sent.key, table)
    about = reference_of(told["charge_id"])
    if about is not None and not sent.path.startswith(f"{charge_path(about)}/"):
        raise Unreadable("the answer is about another charge")
    return _operation(told, sent.key, sent.kind, table)


def looked_up(key: UUID, kind: str, reply: Reply, table: ErrorTable) -> LookedUp:
    """What the gateway knows under the key. Raises Unreadable, NotOffered."""
    told = read_told(reply.body)
    if _is_success(reply):
        return _found(told, key, kind, table)
    _must_be_offered(reply, told)
    claims_none = told["charged"] is False or told["charged"] == "unknown"
    if (reply.status, told["code"]) != (404, "not_found") or not claims_none:
        raise Unreadable(f"the look-up answered {reply.status}")
    told.must_be_plain()
    must_be_bound(reply, told, key)
    return Absent()


def canceled(key: UUID, reply: Reply, table: ErrorTable) -> CancelAnswer:
    """What is true after a cancellation by key. Raises Unreadable, NotOffered."""
    told = read_told(reply.body)
    if not _is_success(reply):
        _must_be_offered(reply, told)
        raise Unreadable(f"the cancellation answered {reply.status}")
    if told["status"] != "canceled":
        return _charge(told, key, table)
    told.must_be_plain()
    must_name(told, key)
    if told["charged"] is not False:
        raise Unreadable("canceled, and not said to be not charged")
    return Blocked()


def _charge(
    told: Told, key: UUID, table: ErrorTable
) -> Captured | Authorized | Unclear | Pending | Declined:
    _must_be_about(told, key, CHARGE)
    match told["status"]:
        case "captured" | "authorized" as status:
            moved = _moved(told)
            if isinstance(moved, Unclear):
                return replace(moved, held=status == "authorized")
            return Captured(*moved) if status == "captured" else Authorized(*moved)
        case "pending":
            return Pending(_as_told(told["id"]))
        case "declined":
            return _declined(told, table)
    raise Unreadable("a charge in no state of the protocol's")


def _found(told: Told, key: UUID, kind: str, table: ErrorTable) -> LookedUp:
    """What stands, with the charge's sums, or that it was undone."""
    if told["status"] == REVERSED:
        _must_be_about(told, key, kind)
        moved = _moved(told)
        return moved if isinstance(moved, Unclear) else Undone(*moved)
    if kind != CHARGE:
        return _operation(told, key, kind, table)
    found = _charge(told, key, table)
    if isinstance(found, Captured | Authorized):
        return replace(found, sums=_sums(told, found.amount))
    return found


def _sums(told: Told, amount: Money) -> Sums | None:
    """None where it does not tell them all, once each, as whole numbers that add up."""
    named = [told[name] for name in SUMS]
    doubled = told.doubled.intersection(SUMS)
    if doubled or any(type(one) is not int or one < 0 for one in named):
        return None
    captured, voided, refunded = named
    if voided > amount.amount:
        return None
    return Sums(
        authorized=amount.amount - voided, captured=captured, refunded=refunded,
        currency=amount.currency,
    )  # fmt: skip


def _operation(
    told: Told, key: UUID, kind: str, table: ErrorTable
) -> Done | Unclear | Pending | Declined:
    _must_be_about(told, key, kind)
    match told["status"]:
        case "succeeded":
            moved = _moved(told)
            return moved if isinstance(moved, Unclear) else Done(*moved)
        case "pending":
            return Pending(_as_told(told["id"]))
        case "declined":
            if reference_of(told["charge_id"]) is None or told["type"] not in (None, kind):
                raise Unreadable(f"the decline of something else than a {kind}")
            return _declined(told, table)
    raise Unreadable(f"a {kind} in no state of the protocol's")


def _must_be_about(told: Told, key: UUID, kind: str) -> None:
    """Raises Unreadable where it is about another key, or about another kind of thing."""
    must_name(told, key)
    told.must_tell_once(*DECIDES)
    if told["type"] != kind and told["type"] in KINDS:
        raise Unreadable(f"the answer is not about a {kind}")


def _as_told(identifier: object) -> str:
    return reference_of(identifier) or words(text_of(identifier), REFERENCE_CHARACTERS_MAX)


def _moved(told: Told) -> tuple[str, Money] | Unclear:
    """Under which reference, and how much."""
    reference, amount = reference_of(told["id"]), money_of(told["amount"], told["currency"])
    if reference is None:
        return Unclear(reference=_as_told(told["id"]), what="reference_unreadable")
    if amount is None:
        return Unclear(reference=reference, what="amount_unreadable")
    return reference, amount


def _declined(told: Told, table: ErrorTable) -> Declined:
    """Under our key, in words that leave no doubt."""
    told.must_be_plain()
    if any(told[name] not in (None, 0) for name in SUMS):
        raise Unreadable("declined, and money moved")
    row = table.codes.get(text_of(told["code"]))
    row = row if isinstance(row, Decline) else table.other_decline
    return Declined(
        code=row.code,
        network_code=text_of(told["network_code"]) or row.network_code,
        message=text_of(told["message"]),
        advice=row.advice,
        reference=reference_of(told["id"]),
    )


def _refused(
    sent: Prepared, reply: Reply, told: Told, table: ErrorTable
) -> Declined | Lapsed | NotProcessed:
    if reply.status < 400 or told["charged"] is not False or told["status"] in MONEY:
        raise Unreadable(f"an answer {reply.status} that does not say `charged: false`")
    told.must_be_plain()
    must_be_bound(reply, told, sent.key)
    code, message = text_of(told["code"]), text_of(told["message"])
    row = table.codes.get(code)
    if isinstance(row, Decline):
        return Declined(
            code=row.code, network_code=row.network_code, message=message, advice=row.advice
        )
    if isinstance(row, Expiry):
        if sent.kind == VOID:
            return Lapsed()
        row = Refusal(row.code)
    if row is None:
        row = Refusal(table.other_refusal, transient=reply.status in table.transient_statuses)
        message = f"{code}: {message}" if code else message
    return NotProcessed(
        code=row.code,
        message=message,
        transient=row.transient,
        retry_after_s=retry_after_s(reply),
    )


def _must_be_offered(reply: Reply, told: Told) -> None:
    """Raises NotOffered."""
    if (reply.status, told["code"]) == (501, "not_offered"):
        raise NotOffered(text_of(told["message"]))


def _is_success(reply: Reply) -> bool:
    return 200 <= reply.status < 300
