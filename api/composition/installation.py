"""The installation's format over an event store."""

from __future__ import annotations

import logging
from typing import Final

from adapters.codec import installation_codec
from adapters.surroundings import RandomIds, SystemClock
from application.fact_log import FactLog
from application.installation.in_force import FormatInForce
from application.installation.keeping import InstallationFormat
from application.ports.event_store import PASSING, EventStore
from domain.installation.formats import FIRST, Format

log = logging.getLogger(__name__)

BY_FIRST_START: Final = "first-start"


def format_over(store: EventStore) -> InstallationFormat:
    ids = RandomIds()
    # What raises the format can be written at every format.
    facts = FactLog(store, installation_codec(), ids, FormatInForce(Format(FIRST)))
    return InstallationFormat(store, facts, clock=SystemClock(), ids=ids)


async def begun(store: EventStore) -> FormatInForce:
    """For who is about to write: a log without payments begins at the newest format. While the log
    does not answer, the first format is in force, in which every process may write.

    Raises FormatTooHigh.
    """
    try:
        number = await format_over(store).begin(by=BY_FIRST_START)
    except PASSING as failure:
        log.warning("the installation's format cannot be read yet: %s", failure)
        number = FIRST
    return FormatInForce(Format(number))


async def refuse_higher(store: EventStore) -> None:
    """For who only reads. Raises FormatTooHigh, StoreFailure."""
    Format(await format_over(store).read())
