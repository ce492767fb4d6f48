"""Small words that sentences share."""

from __future__ import annotations

from typing import Final

from domain.payment.events import Evidence

QUOTED_CHARS_MAX: Final = 200
NO: Final = "none"

HOW_KNOWN: Final[dict[Evidence, str]] = {
    "answer": "its answer",
    "late_answer": "its late answer",
    "repeat": "its answer to a repeat",
    "look_up": "a look-up",
    "cancel_by_key": "its answer to a cancel by key",
    "absence": "its having nothing under the key, finally",
    "operator": "an operator",
    "notice": "its signed notice",
    "report": "its settlement report",
}


def quoted(text: str) -> str:
    """Somebody else's words, on one line and bounded."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED_CHARS_MAX else f"{line[: QUOTED_CHARS_MAX - 1]}…"


def sentence_case(sentence: str) -> str:
    """A capital first letter, unless a name begins the sentence: names keep their own."""
    first = sentence.split(" ", 1)[0]
    return sentence[:1].upper() + sentence[1:] if first in _STARTERS else sentence


_STARTERS: Final = frozenset(
    {"a", "another", "declined", "gateways", "late", "nobody", "operator", "the", "try", "what"}
)
