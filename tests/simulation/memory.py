"""Remembers, for one history, what the product's pure functions gave for the same input.

A history folds the same streams again and again; this makes it several times as fast. Values are
frozen, so sharing them changes nothing: test_simulation.py compares digests with and without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID

import application.payments.log as payment_log
import domain.payment.evolve as evolving
import projections.payment_status.projector as status_projector
from adapters.codec import MsgspecCodec
from application.payments.log import Loaded, PaymentLog
from domain.chain import Metadata
from domain.log import RecordedEvent
from domain.payment.events import PaymentEvent
from domain.payment.state import New, Payment

Evolve = Callable[[Payment, PaymentEvent], Payment]


@contextmanager
def remembering() -> Iterator[None]:
    """What was replaced before, by a test or a sabotage, is what is remembered."""
    evolved = _evolving(evolving.evolve)
    with ExitStack() as stack:
        for place, name, function in (
            (PaymentLog, "_loaded", _loading(PaymentLog._loaded)),
            (MsgspecCodec, "decode", _decoding(MsgspecCodec.decode)),
            (payment_log, "decode_metadata", _reading(vars(payment_log)["decode_metadata"])),
        ):
            stack.enter_context(patch.object(place, name, function))
        if vars(status_projector)["evolve"] is evolving.evolve:
            stack.enter_context(patch.object(status_projector, "evolve", evolved))
        stack.enter_context(patch.object(evolving, "evolve", evolved))
        yield


def _evolving(evolve: Evolve) -> Evolve:
    """By identity, for the same facts are the same objects here; they are kept, so that no other
    object gets their identity."""
    states: dict[tuple[int, int], tuple[Payment, PaymentEvent, Payment]] = {}

    def evolved(payment: Payment, event: PaymentEvent) -> Payment:
        key = (0 if type(payment) is New else id(payment), id(event))
        known = states.get(key)
        if known is None:
            known = states[key] = (payment, event, evolve(payment, event))
        return known[2]

    return evolved


def _decoding(decode: Callable[..., PaymentEvent]) -> Callable[..., PaymentEvent]:
    facts: dict[tuple[str, int, bytes], PaymentEvent] = {}

    def decoded(self: Any, name: str, version: int, data: bytes) -> PaymentEvent:
        fact = facts.get((name, version, data))
        if fact is None:
            fact = facts[name, version, data] = decode(self, name, version, data)
        return fact

    return decoded


def _reading(read: Callable[[bytes], Metadata]) -> Callable[[bytes], Metadata]:
    known: dict[bytes, Metadata] = {}

    def metadata(raw: bytes) -> Metadata:
        found = known.get(raw)
        if found is None:
            found = known[raw] = read(raw)
        return found

    return metadata


def _loading(load: Callable[[PaymentLog, Sequence[RecordedEvent]], Loaded]) -> Any:
    known: dict[tuple[UUID, int], Loaded] = {}

    def loaded(self: PaymentLog, recorded: Sequence[RecordedEvent]) -> Loaded:
        key = (recorded[-1].id, len(recorded))
        found = known.get(key)
        if found is None:
            found = known[key] = load(self, recorded)
        return found

    return loaded
