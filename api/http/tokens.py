"""Ids, positions and cursors as clients see them. Opaque ones are base64url of JSON."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from api.http.problems import Problem, bad_request
from application.payments.log import UnknownPayment

TOKEN_CHARACTERS_MAX: Final = 512
NUMBER_MAX: Final = 2**63 - 1

_PAYMENT: Final = re.compile(r"pay_([0-9a-f]{32})")
_REFUND: Final = re.compile(r"re_([0-9a-f]{32})")
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{2,{TOKEN_CHARACTERS_MAX}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A place in the log of one store, and the payment and revision that it was given out with."""

    store: str
    position: int
    payment: UUID
    revision: int

    def encode(self) -> str:
        return _encode(
            {"s": self.store, "p": self.position, "i": self.payment.hex, "r": self.revision}
        )


def read_at(text: str, *, store: str) -> At:
    """Raises Problem: 400 for what is no token, or a token of another store."""
    try:
        fields = _decode(text)
        at = At(
            store=_typed(fields["s"], str),
            position=_number(fields["p"]),
            payment=UUID(_typed(fields["i"], str)),
            revision=_number(fields["r"]),
        )
    except (KeyError, TypeError, ValueError):
        raise _bad_position("it is not one that this API gave out") from None
    if at.store != store:
        raise _bad_position("it is of another store")
    return at


def payment_in_path(text: str) -> UUID:
    """Raises UnknownPayment for what is no payment's id."""
    found = _PAYMENT.fullmatch(text)
    if found is None:
        raise UnknownPayment("malformed id")
    return UUID(found[1])


def refund_in_path(text: str) -> UUID:
    """The id of its operation. Raises Problem 404 for what is no refund's id."""
    found = _REFUND.fullmatch(text)
    if found is None:
        raise Problem(404, "refund_not_found", "There is no such refund.")
    return UUID(found[1])


def payment_cursor(payment: UUID) -> str:
    return _encode({"after": f"pay_{payment.hex}"})


def read_payment_cursor(text: str) -> UUID:
    """Raises Problem."""
    found = _PAYMENT.fullmatch(_cursor_text(text))
    if found is None:
        raise bad_cursor()
    return UUID(found[1])


def refund_cursor(refund: str) -> str:
    return _encode({"after": refund})


def read_refund_cursor(text: str) -> str:
    """Raises Problem."""
    after = _cursor_text(text)
    if not _REFUND.fullmatch(after):
        raise bad_cursor()
    return after


def revision_cursor(revision: int) -> str:
    return _encode({"after": revision})


def read_revision_cursor(text: str) -> int:
    """Raises Problem."""
    try:
        return _number(_decode(text)["after"])
    except (KeyError, TypeError, ValueError):
        raise bad_cursor() from None


def bad_cursor() -> Problem:
    return bad_request("cursor_malformed", "The cursor is not one that this list gave out.")


def _cursor_text(text: str) -> str:
    try:
        return _typed(_decode(text)["after"], str)
    except (KeyError, TypeError, ValueError):
        raise bad_cursor() from None


def _bad_position(detail: str) -> Problem:
    return bad_request("position_malformed", "The position cannot be used.", detail=detail)


def _encode(fields: dict[str, Any]) -> str:
    return (
        base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode())
        .decode()
        .rstrip("=")
    )


def _decode(text: str) -> dict[str, Any]:
    """Raises ValueError."""
    if not _TOKEN.fullmatch(text):
        raise ValueError("not a token")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        fields = json.loads(raw.decode("utf-8"))
    except (binascii.Error, RecursionError) as wrong:
        raise ValueError("not a token") from wrong
    if not isinstance(fields, dict):
        raise ValueError("not a token")
    return fields


def _typed(value: Any, kind: type[str]) -> str:
    if not isinstance(value, kind):
        raise TypeError("not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= NUMBER_MAX:
        raise ValueError("not a number")
    return value
