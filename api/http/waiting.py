"""Waits, bounded, until a projection has seen what the client wrote."""

from __future__ import annotations

from typing import Final

from api.http.dependencies import Services
from api.http.problems import Problem
from projections.failures import Interrupted
from projections.queries import TooManyWaiting

WAIT_S: Final = 1.0


async def must_reach(services: Services, projection: str, position: int) -> None:
    """Raises Problem 503 where the projection is not there in time."""
    if not await has_reached(services, projection, position):
        raise Problem(
            503,
            "not_yet_projected",
            "The read models have not seen this position yet.",
            retryable=True,
            headers={"Retry-After": "1"},
        )


async def has_reached(services: Services, projection: str, position: int) -> bool:
    """False where it is not known to be there, also for want of room to wait."""
    try:
        return await services.waits.position(projection, position, timeout_s=WAIT_S)
    except (Interrupted, TooManyWaiting):
        return False
