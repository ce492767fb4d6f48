"""Who runs which projection: a row with a holder and an end, so that processes do not take turns in
losing, and so that one that stands still is followed by another.

A convenience, not the guard: the checkpoint's own condition is what keeps rows right.
`tests/projections/leases_contract.py` is the definition.
"""

from __future__ import annotations

from typing import Final, Protocol

LEASE_S: Final = 5.0  # from a renewal on, by the clock of whoever keeps the leases
RENEW_EVERY_S: Final = 1.0
LOOK_AGAIN_S: Final = 0.5  # for one that is in other hands


class Leases(Protocol):
    """Of one version of the read models. `holder` names one tenure, and is never used again.
    All methods raise ReadModelsUnavailable."""

    async def take(self, projection: str, holder: str) -> bool:
        """Whether it is the holder's now: it was nobody's, or had run out."""
        ...

    async def renew(self, projection: str, holder: str) -> bool:
        """Whether it still was the holder's, also when it had run out; then it is for another
        LEASE_S. To be called by who gets on with the work, and by nobody else."""
        ...

    async def give_back(self, projection: str, holder: str) -> None:
        """Nobody's at once, where it was the holder's."""
        ...
