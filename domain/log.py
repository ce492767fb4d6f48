"""The shapes of the event log that both sides share: what is appended and what is read back.

Written by application through its store port, read by application and projections. Knows nothing
of payments: bodies are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

NO_STREAM: Final = -1  # expected revision of a stream that must not exist yet
BEFORE_FIRST: Final = -1  # a position before every event of the log
POSITION_MAX: Final = 2**63 - 1  # no store hands out a larger one

Revision: TypeAlias = int  # counts the events of one stream from 0, without gaps
Position: TypeAlias = int  # place in the whole log: rising, with gaps, comparable within one store

# Every stream is `<category>-<id>`; readers of the whole log filter by these prefixes only. Each is
# here before anything is written under it: a filter must not change under its readers, who would
# never see what stands behind their checkpoint.
STREAM_PREFIXES: Final = (
    "payment-", "gateway-", "policy-", "experiment-", "settlement-", "endpoint-", "merchant-",
    "projection-", "notice-", "dispute-", "installation-", "method-", "mandate-", "file-",
    "order-", "customer-", "root-", "proof-", "operator-",
)  # fmt: skip


PAYMENT_PREFIX: Final = "payment-"


def is_foreign(stream: str) -> bool:
    """Whether another application writes this stream: it stands under our prefix of payments, and
    its name is not of our form, the prefix and a UUID as we write it."""
    if not stream.startswith(PAYMENT_PREFIX):
        return False
    name = stream.removeprefix(PAYMENT_PREFIX)
    try:
        return str(UUID(name)) != name
    except ValueError:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """One fact to append. `id` is drawn fresh per logical append and kept for its repeats."""

    id: UUID
    type: str
    data: bytes  # JSON
    metadata: bytes  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """One stored fact, bytes exactly as they were appended."""

    id: UUID
    type: str
    data: bytes
    metadata: bytes
    stream: str
    revision: Revision
    position: Position
    recorded_at: datetime  # the store's clock, UTC


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything up to `position` was looked at; nothing of interest remains behind it."""

    position: Position


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The subscription has delivered all that was stored; what follows is live."""


Delivery: TypeAlias = RecordedEvent | Checkpoint | CaughtUp
