"""The answer of a command: a pure function of the stream up to what concluded it.

So a repeat gets the same bytes after any restart, with or without the cache. A rendering that was
ever given out is never edited: a new API version gets its own (renderings/).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from application.payments.renderings import rendering
from domain.payment.attempt import Command
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.state import Known, New

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, body and type as the client gets them. `payment` and `revision` name the state
    that it tells of; `position` is where the log was (it travels in a header)."""

    status: int
    body: bytes
    content_type: str
    payment: UUID
    revision: int
    position: int
    api_version: str  # that it is told in
    replayed: bool = False
    final: bool = True  # False: the command is still being carried out


class NotConcluded(Exception):
    """The command is on record, and its answer is not known yet."""


def render(events: Sequence[PaymentEvent], command: Command, *, position: int) -> Answer:
    """Raises NotConcluded."""
    if command.concluded is None:
        raise NotConcluded(str(command.ref.id))
    payment = fold(events[: command.concluded + 1])
    if isinstance(payment, New):
        raise NotConcluded(str(command.ref.id))
    return rendered(payment, payment.facts.commands[command.ref.id], position=position)


def rendered(payment: Known, command: Command, *, position: int) -> Answer:
    """The command's answer as of this state. Raises UnknownEvent for a newer program's version."""
    version = command.ref.api_version
    status, body = rendering(version).answer(payment, command)
    return Answer(
        status=status,
        body=to_bytes(body),
        content_type=PROBLEM if status >= 400 else JSON,
        payment=payment.facts.intent.payment,
        revision=payment.facts.revision,
        position=position,
        api_version=version,
    )


def on_the_way(payment: Known, command: Command) -> bytes:
    """What is known of a command that has no answer yet: its refund, else its payment."""
    return to_bytes(rendering(command.ref.api_version).on_the_way(payment, command))


def to_bytes(body: dict[str, Any]) -> bytes:
    return _to_json(body).encode()
