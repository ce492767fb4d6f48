"""Writes the pages of docs/ that say what the code says: payment-states.md and events.md.

Run by scripts/diagram; tests/domain/test_pages.py compares the pages with the code.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from domain.event_types import EventTypes
from domain.installation.versions import INSTALLATION_EVENTS
from domain.merchant.versions import MERCHANT_EVENTS
from domain.money import Money
from domain.notice.versions import NOTICE_EVENTS
from domain.operator.versions import OPERATOR_EVENTS
from domain.payment import transitions as t
from domain.payment.events import Candidate, CommandRef, OperatorsWord
from domain.payment.method import PaymentMethod
from domain.payment.versions import PAYMENT_EVENTS

DOCS: Final = Path(__file__).parents[1] / "docs"
MADE: Final = "Made by `scripts/diagram` from the code: do not edit."
STREAMS: Final[dict[str, EventTypes]] = {
    "payment-": PAYMENT_EVENTS,
    "merchant-": MERCHANT_EVENTS,
    "operator-": OPERATOR_EVENTS,
    "notice-": NOTICE_EVENTS,
    "installation-": INSTALLATION_EVENTS,
}

SHAPES: Final = (Money, CommandRef, PaymentMethod, Candidate, OperatorsWord)


def payment_states() -> str:
    moves = {(a.__name__, b.__name__) for (a, _), after in t.TRANSITIONS.items() for b in after}
    lines = [f"    {a} --> {b}: {_events_between(a, b)}" for a, b in sorted(moves) if a != b]
    ends = sorted(one.__name__ for one in t.ENDED)
    return "\n".join(
        (
            "# The states of a payment",
            "",
            f"{MADE} The table behind it is `domain/payment/transitions.py`.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> New",
            *lines,
            *(f"    {one} --> [*]" for one in ends),
            "```",
            "",
            "Facts that are taken without moving the payment:",
            "",
            "| state | facts |",
            "|---|---|",
            *(f"| {one.__name__} | {_events_between(one.__name__, one.__name__)} |"
              for one in t.KNOWN),
            "",
            f"In every state: {_names(t.OBSERVATIONS)} (observations), {_names(t.COMPENSATIONS)}",
            "(giving back what nobody wants), and the facts about one send of a capture, void,",
            f"refund or compensation: {_names(t.OF_ONE_SEND)}.",
            "",
            "Everything else is an impossible history: nothing is decided on it.",
            "",
        )
    )  # fmt: skip


def events() -> str:
    return "\n".join(
        (
            "# Every event",
            "",
            f"{MADE} Bodies are JSON; `tests/golden/events/` holds one of every version.",
            "Times are ISO 8601 UTC, amounts whole minor units with their currency.",
            *(line for stream, known in STREAMS.items() for line in _of_stream(stream, known)),
            "",
            "## What they are made of",
            "",
            "| shape | meaning | fields |",
            "|---|---|---|",
            *(f"| `{one.__name__}` | {meaning(one)} | {_fields(one)} |" for one in SHAPES),
            "",
        )
    )


def _of_stream(stream: str, known: EventTypes) -> Iterator[str]:
    yield from ("", f"## Streams `{stream}`", "", "| event | version | meaning | fields |")
    yield "|---|---|---|---|"
    for name, kind in known.types.items():
        version = known.newest_version(name)
        yield f"| `{name}` | {version} | {meaning(kind)} | {_fields(kind)} |"


def meaning(kind: type) -> str:
    """Its docstring in one line; a dataclass without one is given its signature by Python."""
    text = " ".join((kind.__doc__ or "").split())
    if not text or text.startswith(f"{kind.__name__}("):
        raise ValueError(f"{kind.__name__} does not say what it means")
    return text


def _fields(kind: Any) -> str:
    hints = typing.get_type_hints(kind)
    return ", ".join(f"`{one.name}`: {_words(hints[one.name])}" for one in fields(kind))


def _words(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " or ".join(f'"{one}"' for one in arguments)
    if origin is tuple:
        return f"list of {_words(arguments[0])}"
    if origin is dict:
        return f"map of {_words(arguments[1])}"
    if arguments:
        return " or ".join(_words(one) for one in arguments)
    known = {str: "text", int: "integer", float: "number", bool: "boolean", datetime: "time"}
    return "null" if hint is type(None) else known.get(hint, hint.__name__)


def _events_between(before: str, after: str) -> str:
    everywhere = {*t.OBSERVATIONS, *t.COMPENSATIONS}
    found = (
        event
        for (state, event), to in t.TRANSITIONS.items()
        if state.__name__ == before and event not in everywhere
        if after in {one.__name__ for one in to}
    )
    return _names(found) or "none"


def _names(kinds: typing.Iterable[type]) -> str:
    return ", ".join(one.__name__ for one in kinds)


PAGES: Final = {"payment-states.md": payment_states, "events.md": events}


def main() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())


if __name__ == "__main__":
    main()
