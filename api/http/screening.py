"""Looks at every text of a request before anything else does: card numbers, control characters,
broken Unicode. What is refused here is never stored, logged or repeated in the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from api.http.problems import Problem, bad_request
from domain.card_numbers import find_card_number

_OUR_IDS: Final = re.compile(
    r"(?:pay|att|re|dp|evt)_[0-9a-f]{32}"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|\+00:00)"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def screen(value: Any) -> None:
    """Raises Problem: 422 for a card number or a control character, 400 for broken Unicode."""
    texts = list(_texts(value, ""))
    for _, text in texts:
        if _SURROGATE.search(text):
            raise bad_request("malformed_json", "The body is not Unicode text.")
    for _, text in texts:
        if holds_card_number(text):
            raise card_number_refused()
    errors = [
        {"pointer": pointer[:200], "detail": "control characters are not allowed"}
        for pointer, text in texts
        if _CONTROL.search(text)
    ]
    if errors:
        raise Problem(422, "validation_failed", "The request is not valid.", errors=errors[:20])


def holds_card_number(text: str) -> bool:
    """Our own ids and times are exempt: one in ten long numbers looks like a card number."""
    return find_card_number(text) and _OUR_IDS.fullmatch(text) is None


def card_number_refused() -> Problem:
    return Problem(
        422,
        "card_number_refused",
        "The request holds what looks like a card number.",
        detail="Send payment-method tokens, never card numbers. Nothing of this was kept.",
    )


def pointer_to(*steps: str | int) -> str:
    """RFC 6901."""
    return "".join("/" + str(one).replace("~", "~0").replace("/", "~1") for one in steps)


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Every text with its place; of a member's name, the place of the object that holds it."""
    match value:
        case str():
            yield pointer, value
        case bool() | None:
            return
        case int() | float():
            yield pointer, str(value)
        case dict():
            for name, member in value.items():
                yield pointer, name
                yield from _texts(member, pointer + pointer_to(name))
        case list():
            for place, item in enumerate(value):
                yield from _texts(item, f"{pointer}/{place}")
