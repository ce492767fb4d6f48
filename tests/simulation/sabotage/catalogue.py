"""All sabotages by name, and what was left out because it does no harm."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from tests.simulation.sabotage import (
    answers,
    deferring,
    failover,
    idempotency,
    keys,
    offers,
    projections,
    recovery,
    refunds,
    sends,
    settling,
    shares,
    store,
    sweeps,
    versions,
)
from tests.simulation.sabotage.planting import Sabotage

SUBJECTS: Final[tuple[ModuleType, ...]] = (
    sends, failover, keys, settling, refunds, recovery, idempotency, answers, store, projections,
    versions, offers, deferring, sweeps, shares,
)  # fmt: skip

EVERY: Final[dict[str, Sabotage]] = {
    one.name: one
    for subject in SUBJECTS
    for one in vars(subject).values()
    if isinstance(one, Sabotage)
}
