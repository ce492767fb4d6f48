"""Bugs that do no harm because another layer holds: listed with the reason, counted nowhere.

Each is one swap all the same, so that a search can try whether it is still true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final
from uuid import UUID

from application.payments.commands import Envelope
from application.payments.follow_ups import FollowUps
from application.payments.idempotency import Idempotency
from application.payments.log import Cause
from application.ports.event_store import Appended, WrongRevision
from application.ports.gateways import LateAnswer
from application.ports.hot_state import Begun, Fresh, Lock
from application.recovery.worker import RecoveryWorker
from domain.canonical import derived_id
from domain.gateway.answers import Answer
from domain.log import NewEvent, Revision
from tests.simulation.event_store import SimLog
from tests.simulation.oracle import INVARIANTS
from tests.simulation.sabotage.planting import Sabotage, plants

_commit = SimLog.commit
_lots = count()


@dataclass(frozen=True, slots=True)
class Harmless:
    sabotage: Sabotage
    reason: str


@plants("application.payments.idempotency:Idempotency._begin", *INVARIANTS)
async def running_mark_ignored(self: Idempotency, envelope: Envelope) -> Begun:
    """Never looks into the cache before it carries a command out."""
    return Fresh()


@plants("application.recovery.worker:RecoveryWorker._lock", *INVARIANTS)
async def recovery_without_a_lock(self: RecoveryWorker, stream: str) -> Lock | bool:
    """Lets several workers take up the same payment at once."""
    return True


@plants("application.payments.follow_ups:FollowUps.late", *INVARIANTS)
def late_answer_dropped(self: FollowUps, payment: UUID, key: UUID, cause: Cause) -> LateAnswer:
    """Does not read an answer that comes after the 202."""

    async def take(answer: Answer) -> None:
        return

    return take


@plants("domain.payment.decisions.sender:attempt_key", *INVARIANTS)
def key_drawn_by_lot(payment: UUID, operation: UUID, number: int) -> UUID:
    """Draws a gateway's key anew at every call, so that nobody could derive it again."""
    return derived_id(str(payment), str(operation), number, next(_lots))


@plants("tests.simulation.event_store:SimLog.commit", *INVARIANTS)
def own_repeat_not_recognised(
    self: SimLog, stream: str, expected: Revision, events: Sequence[NewEvent]
) -> Appended | WrongRevision:
    """Answers the repeat of an append whose answer was lost with a conflict."""
    last = len(self.streams.get(stream, ())) - 1
    if expected != last:
        return WrongRevision(stream, expected, last)
    return _commit(self, stream, expected, events)


HARMLESS: Final = (
    Harmless(running_mark_ignored, "the stream's own record of its commands decides, not a cache"),
    Harmless(recovery_without_a_lock, "the take-over at the exact revision is what counts"),
    Harmless(late_answer_dropped, "look-up, cancellation and repeat settle the try later"),
    Harmless(
        key_drawn_by_lot,
        "every key is on record before it is sent, and is never derived a second time",
    ),
    Harmless(
        own_repeat_not_recognised,
        "the loser of a conflict reads again, and finds its command or its answer on record",
    ),
)
