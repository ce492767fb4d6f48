"""No card number in anything that was sent, told or stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.verdicts import Findings

GROUPS = re.compile(r"(?<![0-9A-Za-z])[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z])")
# Begins with a character class, which the engine finds fast; the look back comes behind it.
POSSIBLE = re.compile(r"[2-6](?<![0-9A-Za-z][2-6])(?:[ -]?[0-9]){12,18}(?![0-9A-Za-z])")
LENGTHS = range(13, 20)
OUR_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+"
)
DIGITS = bytes(48 if 48 <= one <= 57 else one for one in range(256))
RUN = b"0" * 13


def check(case: Case, findings: Findings) -> None:
    for where, text in _texts(case):
        for number in card_numbers(text):
            findings.broken("no_card_number", f"{where}: {number[:6]}...{number[-4:]}")


def card_numbers(text: str) -> list[str]:
    """The card numbers in a text, as digits alone."""
    flat = text.encode("utf-8", "replace").translate(DIGITS, b" -")
    if RUN not in flat or not POSSIBLE.search(text):
        return []
    runs = (found.split() for found in GROUPS.findall(OUR_OWN.sub("#", text).replace("-", " ")))
    return [number for groups in runs for number in _candidates(groups) if luhn(number)]


def _candidates(groups: list[str]) -> Iterator[str]:
    """A number may begin and end at any group."""
    for first in range(len(groups)):
        number = ""
        for group in groups[first:]:
            number += group
            if len(number) in LENGTHS and number[0] in "23456":
                yield number


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = [int(one) for one in reversed(number) if one.isdigit()]
    doubled = (2 * one - 9 if 2 * one > 9 else 2 * one for one in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    for event in case.events:
        for text in event.raw:
            yield f"event {event.position}", text
    for send in case.sends:
        yield f"request {send.request}", send.payload
    for call in case.calls:
        yield f"answer to call {call.call}", call.text
    yield "rows", repr(case.history["rows"])
