"""Time, ids, chance and waiting: the doors through which they come in. A simulation owns them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

Done = TypeVar("Done")


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall time, UTC, aware. May be skewed against other processes."""
        ...

    def monotonic(self) -> float:
        """Seconds; only differences within this process mean something."""
        ...


class Ids(Protocol):
    def fresh(self) -> UUID:
        """Never drawn before, by any process."""
        ...


class Chance(Protocol):
    def uniform(self) -> float:
        """From 0.0 up to, not including, 1.0."""
        ...


class Pause(Protocol):
    async def sleep(self, seconds: float) -> None: ...

    async def for_all(self, works: Sequence[Callable[[], Coroutine[Any, Any, Done]]]) -> list[Done]:
        """What each of them gives, in their order; they go on beside each other. Raises what the
        first of them raised that failed, when all are over."""
        ...


class Behind(Protocol):
    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Lets `work` go on behind its caller; its failure is told in the log. False, and nothing
        was started, where too much goes on already. What has not ended when the process ends is
        broken off, as by a crash."""
        ...


class Turns(Protocol):
    def of(self, name: str) -> AbstractAsyncContextManager[None]:
        """One at a time per name within this process, in order of arrival. Saves conflicts; the
        expected revision is what keeps the log right."""
        ...


class Secrets(Protocol):
    def draw(self, size: int) -> bytes:
        """`size` bytes that nobody can guess."""
        ...
