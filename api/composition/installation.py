"""The installation's format over an event store."""

from __future__ import annotations

from typing import Final

from adapters.codec import installation_codec
from adapters.surroundings import RandomIds, SystemClock
from application.fact_log import FactLog
from application.installation.in_force import FormatInForce
from application.installation.keeping import InstallationFormat
from application.ports.event_store import EventStore
from domain.installation.formats import FIRST, Format

BY_FIRST_START: Final = "first-start"


def format_over(store: EventStore) -> InstallationFormat:
    ids = RandomIds()
    # What raises the format can be written at every format.
    facts = FactLog(store, installation_codec(), ids, FormatInForce(Format(FIRST)))
    return InstallationFormat(store, facts, clock=SystemClock(), ids=ids)


async def begun(store: EventStore) -> FormatInForce:
    """See InstallationFormat.in_force."""
    return await format_over(store).in_force(by=BY_FIRST_START)


async def refuse_higher(store: EventStore) -> None:
    """See InstallationFormat.must_be_known."""
    await format_over(store).must_be_known()
