"""Merchants and operators over an event store, for who needs nothing else of a process."""

from __future__ import annotations

from adapters.surroundings import RandomIds, SystemClock, SystemSecrets
from api.composition.core import merchants_of, operators_of
from application.installation.in_force import FormatInForce
from application.merchants.register import Merchants
from application.operators.register import Operators
from application.ports.event_store import EventStore


def merchants_over(store: EventStore, in_force: FormatInForce) -> Merchants:
    return merchants_of(
        store, in_force, clock=SystemClock(), ids=RandomIds(), draws=SystemSecrets()
    )


def operators_over(store: EventStore, in_force: FormatInForce) -> Operators:
    return operators_of(
        store, in_force, clock=SystemClock(), ids=RandomIds(), draws=SystemSecrets()
    )
