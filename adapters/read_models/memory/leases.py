"""Leases in memory, by a clock that is given: for simulations and tests."""

from __future__ import annotations

from collections.abc import Callable

from projections.leases import LEASE_S


class MemoryLeases:
    """A projections.leases.Leases. `now`: seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._leases: dict[str, tuple[str, float]] = {}

    async def take(self, projection: str, holder: str) -> bool:
        _, ends_at = self._leases.get(projection, ("", 0.0))
        # One that ends later than any can was given before the clock was set back.
        if self._now() < ends_at <= self._now() + LEASE_S:
            return False
        self._leases[projection] = (holder, self._now() + LEASE_S)
        return True

    async def renew(self, projection: str, holder: str) -> bool:
        if self._leases.get(projection, ("", 0.0))[0] != holder:
            return False
        self._leases[projection] = (holder, self._now() + LEASE_S)
        return True

    async def give_back(self, projection: str, holder: str) -> None:
        if self._leases.get(projection, ("", 0.0))[0] == holder:
            del self._leases[projection]
