"""Reads what a notice claims, as far as it can be read. Never refuses: it is signed, so it is kept.

The shape is the generic one of the simulator's protocol: `type`, `key`, `payment_id`, `status`,
and `reference`, `charge_id`, `amount`, `currency`, `account`, with which it is complete.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.gateway.answers import REFERENCE_CHARACTERS_MAX
from domain.gateway.claims import Claim
from domain.money import InvalidMoney, Money
from domain.outside import words

EXCERPT_CHARACTERS_MAX: Final = 2_000

# What a notice says of money that moved, is held, or may yet move.
MONEY: Final = frozenset({"authorized", "captured", "pending", "succeeded"})

WORD_CHARACTERS_MAX: Final = 100
_WORD: Final = re.compile(rf"[!-~]{{1,{WORD_CHARACTERS_MAX}}}")
_REFERENCE: Final = re.compile(rf"[!-~]{{1,{REFERENCE_CHARACTERS_MAX}}}")
_PAYMENT: Final = re.compile(r"(?:pay_)?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    type: str | None
    key: UUID | None
    payment: UUID | None
    status: str | None
    excerpt: str
    claim: Claim

    @property
    def money_under(self) -> UUID | None:
        """The key under which the gateway claims money."""
        return self.key if self.status in MONEY else None


def read_claims(body: bytes) -> Claims:
    """Our own ids are ids; everything else comes through the door for words from outside."""
    text = body.decode("utf-8", errors="replace")
    said = _object(text)
    kind, key, status = _word(said.get("type")), _uuid(said.get("key")), _word(said.get("status"))
    return Claims(
        type=kind,
        key=key,
        payment=_uuid(said.get("payment_id")),
        status=status,
        excerpt=words(text, EXCERPT_CHARACTERS_MAX),
        claim=Claim(
            key=key,
            kind=None if kind is None else kind.partition(".")[0],
            status=status,
            reference=_identifier(said.get("reference")),
            charge=_identifier(said.get("charge_id")),
            amount=_money(said.get("amount"), said.get("currency")),
            account=_identifier(said.get("account")),
        ),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _word(value: Any) -> str | None:
    if isinstance(value, str) and _WORD.fullmatch(value):
        return words(value, WORD_CHARACTERS_MAX)
    return None


def _identifier(value: Any) -> str | None:
    """Of the gateway's: it is compared and kept as it is."""
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def _money(amount: Any, currency: Any) -> Money | None:
    """Only what can be read in one way: a whole number and a code."""
    if type(amount) is not int or not isinstance(currency, str):
        return None
    try:
        return Money(amount, currency)
    except InvalidMoney:
        return None


def _uuid(value: Any) -> UUID | None:
    found = _PAYMENT.fullmatch(value) if isinstance(value, str) else None
    return UUID(found[1]) if found else None
