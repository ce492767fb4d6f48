"""Hot shared state: answers kept for a while, running marks, short locks, routing statistics.

A cache, never a truth: losing it may slow things down, it may not cost correctness. Every method
raises HotStateUnavailable when the state cannot be reached, and callers then go on without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.api_versions import V2026_11_01


class HotStateUnavailable(Exception):
    """Nothing is known; go on as if the state were empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer of a command, as it was first given. `merchant` is the one it belongs to."""

    fingerprint: str
    merchant: str
    status: int
    body: bytes
    content_type: str
    payment: str  # stream of the payment that holds the answer
    revision: int  # that concluded the command
    position: int
    api_version: str = V2026_11_01  # what was kept by older processes is of this one


@dataclass(frozen=True, slots=True)
class Fresh:
    """Nobody is known to run this command; the running mark is ours now."""


@dataclass(frozen=True, slots=True)
class Running:
    """Somebody else holds the running mark."""


Begun: TypeAlias = Fresh | Running | StoredAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    name: str
    token: int  # fencing token: rises with every grant of this name


class HotState(Protocol):
    async def begin(self, command: UUID, *, running_ttl_s: float) -> Begun:
        """Atomic: the stored answer, or Running, or sets the running mark and says Fresh."""
        ...

    async def conclude(self, command: UUID, answer: StoredAnswer, *, ttl_s: float) -> None:
        """Keeps the answer, drops the mark, wakes those who wait."""
        ...

    async def abandon(self, command: UUID) -> None:
        """Drops the mark without an answer, and wakes those who wait."""
        ...

    async def wait(self, command: UUID, *, timeout_s: float) -> StoredAnswer | None:
        """The answer as soon as it is there; None when time is up or the mark is gone."""
        ...

    async def lock(self, name: str, *, ttl_s: float) -> Lock | None:
        """None while somebody else holds it. Tokens of a name only ever rise, also over expiry."""
        ...

    async def unlock(self, lock: Lock) -> bool:
        """False when the lock had expired or was granted to somebody else; then nothing changes."""
        ...

    async def record_outcome(self, gateway: str, method: str, *, ok: bool, minute: int) -> None:
        """Counts an answer of a gateway in the window of that minute (since 1970)."""
        ...

    async def recent_outcomes(
        self, gateways: list[str], method: str, *, minute: int, minutes: int
    ) -> dict[str, tuple[int, int]]:
        """(ok, all) per gateway over the last `minutes` windows, 30 at most."""
        ...

    async def aclose(self) -> None: ...
