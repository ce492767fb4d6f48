"""Finds card numbers in text, so that none is ever stored: requests that hold one are refused,
gateway answers are masked. Decides only about text; who is exempt (our own ids) decides elsewhere.

A card number is 13 to 19 digits, optionally grouped by single spaces or dashes, starting with 2 to
6, Luhn-valid, and touching no other letter or digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

DIGITS_MIN: Final = 13
DIGITS_MAX: Final = 19
FIRST_DIGITS: Final = frozenset("23456")
MASK: Final = "*"

# Digits of every script count: a number typed in full-width digits is a card number too.
_CHAIN: Final = re.compile(r"\d+(?:[ -]\d+)*")
_GROUP: Final = re.compile(r"\d+")


def find_card_number(text: str) -> bool:
    """Whether `text` holds at least one card number."""
    return next(_card_numbers(text), None) is not None


def mask_card_numbers(text: str) -> str:
    """`text` with every digit of every card number replaced by `*`; length and grouping stay."""
    masked = list(text)
    for start, end in _card_numbers(text):
        for at in range(start, end):
            if text[at].isdecimal():
                masked[at] = MASK
    return "".join(masked)


def _card_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Spans of all card numbers, also where they overlap. Linear in the length of `text`."""
    if len(text) < DIGITS_MIN:
        return
    for chain in _CHAIN.finditer(text):
        if chain.end() - chain.start() < DIGITS_MIN:
            continue
        groups = [match.span() for match in _GROUP.finditer(text, *chain.span())]
        for first in range(len(groups)):
            yield from _from_group(text, groups, first)


def _from_group(text: str, groups: list[tuple[int, int]], first: int) -> Iterator[tuple[int, int]]:
    """Card numbers that start with the group `first` and end with it or a later one."""
    start = groups[first][0]
    if start > 0 and text[start - 1].isalnum():
        return
    digits = ""
    for group_start, end in groups[first:]:
        if len(digits) + end - group_start > DIGITS_MAX:
            return
        digits += "".join(str(int(digit)) for digit in text[group_start:end])
        if digits[0] not in FIRST_DIGITS:
            return
        touches = end < len(text) and text[end].isalnum()
        if len(digits) >= DIGITS_MIN and not touches and luhn_valid(digits):
            yield start, end


def luhn_valid(digits: str) -> bool:
    """Whether the last of these ASCII digits is the Luhn check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
