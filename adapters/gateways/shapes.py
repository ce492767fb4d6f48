"""Answers of a gateway as read from untrusted bytes. Checks form only: classify.py gives meaning.

Strict where an answer is to prove that nothing happened, forgiving where it tells that something
did: there only the members that decide must be as the protocol has them, and the rest is kept as
far as it can be kept. Members that are not named are ignored: gateways add some without notice.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from domain.gateway.answers import REFERENCE_CHARACTERS_MAX
from domain.money import InvalidMoney, Money

BOM: Final = b"\xef\xbb\xbf"
AMOUNT_DIGITS_MAX: Final = 30

# An identifier of the gateway's: stored as it is, never searched for card numbers.
_REFERENCE: Final = re.compile(rf"[!-~]{{1,{REFERENCE_CHARACTERS_MAX}}}")
_DIGITS: Final = re.compile(rf"[0-9]{{1,{AMOUNT_DIGITS_MAX}}}")


class Unreadable(Exception):
    """Not an answer of the protocol, or not the answer to our question."""


@dataclass(frozen=True, slots=True)
class Told:
    """One object. `doubled`: names of it that came twice; `flawed`: some member anywhere in it
    came twice, or it was not UTF-8, so that no two readers need take the same."""

    members: Mapping[str, Any]
    doubled: frozenset[str]
    flawed: bool

    def __getitem__(self, name: str) -> Any:
        """None where it is not told."""
        return self.members.get(name)

    def must_be_plain(self) -> None:
        """Raises Unreadable where it could be read in two ways."""
        if self.flawed:
            raise Unreadable("an answer that can be read in two ways")

    def must_tell_once(self, *names: str) -> None:
        """The same of these members only."""
        if self.doubled.intersection(names):
            raise Unreadable("a member that decides came twice")


def read_told(body: bytes) -> Told:
    """Raises Unreadable."""
    doubled: list[frozenset[str]] = []

    def named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        doubled.append(_doubled(pairs) if len(members) < len(pairs) else frozenset())
        return members

    text, is_broken = _decoded(body)
    try:
        members = json.loads(text, object_pairs_hook=named, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(members, dict):
        raise Unreadable("not an object")
    return Told(members, doubled[-1], is_broken or any(doubled))


def reference_of(value: object) -> str | None:
    """An identifier that can be named to the gateway again; None for what is none."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        value = str(value)
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def money_of(amount: object, currency: object) -> Money | None:
    """Also from text, from a whole float, from a currency in lower case; None where it does not
    say how much."""
    minor = _minor_units(amount)
    if minor is None or not isinstance(currency, str):
        return None
    try:
        return Money(minor, currency.upper())
    except InvalidMoney:
        return None


def text_of(value: object) -> str:
    """What can be shown of it, not yet fit to be stored."""
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _minor_units(amount: object) -> int | None:
    if isinstance(amount, str) and _DIGITS.fullmatch(amount):
        return int(amount)
    if isinstance(amount, float) and amount.is_integer():
        amount = int(amount)
    if not isinstance(amount, int) or isinstance(amount, bool):
        return None
    return amount if amount < 10**AMOUNT_DIGITS_MAX else None


def _doubled(pairs: list[tuple[str, Any]]) -> frozenset[str]:
    counts = Counter(name for name, _ in pairs)
    return frozenset(name for name, count in counts.items() if count > 1)


def _decoded(body: bytes) -> tuple[str, bool]:
    try:
        return body.removeprefix(BOM).decode(), False
    except UnicodeDecodeError:
        return body.decode(errors="replace"), True


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")
