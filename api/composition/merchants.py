"""Merchants over an event store."""

from __future__ import annotations

from adapters.codec import merchant_codec
from adapters.surroundings import RandomIds, SystemClock, SystemSecrets
from application.fact_log import FactLog
from application.installation.in_force import FormatInForce
from application.merchants.register import Merchants
from application.ports.event_store import EventStore


def merchants_over(store: EventStore, in_force: FormatInForce) -> Merchants:
    ids = RandomIds()
    log = FactLog(store, merchant_codec(), ids, in_force)
    return Merchants(log, clock=SystemClock(), ids=ids, secrets=SystemSecrets())
