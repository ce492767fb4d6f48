"""What one process has around it: time, ids, chance, waiting, and its lines to the gateways."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters.surroundings import Done, for_all
from application.ports.gateways import UnknownGateway
from domain.canonical import derived_id
from tests.payments.remote import Line
from tests.payments.virtual_time import BOOTED_S

T0: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Surroundings:
    """Clock, ids, chance and waiting of one process, all on the loop's virtual time. `skew_s`:
    how far its wall clock is ahead."""

    def __init__(self, name: str, skew_s: float = 0.0) -> None:
        self._name = name
        self._drawn = itertools.count()
        self._turns: dict[str, asyncio.Lock] = {}
        self.skew_s = skew_s
        self.chance = 0.5

    def now(self) -> datetime:
        return T0 + timedelta(seconds=asyncio.get_running_loop().time() + self.skew_s)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + BOOTED_S

    def fresh(self) -> UUID:
        return derived_id(self._name, next(self._drawn))

    def uniform(self) -> float:
        return self.chance

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def for_all(self, works: Sequence[Callable[[], Coroutine[Any, Any, Done]]]) -> list[Done]:
        return await for_all(works)

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        async with self._turns.setdefault(name, asyncio.Lock()):
            yield


class Network:
    """The Gateways port of one process: a line to every gateway that it has credentials for."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = {one.name: one for one in lines}
        self._retired: dict[str, Line] = {}

    def names(self) -> Sequence[str]:
        return tuple(self._lines)

    def get(self, name: str) -> Line:
        if name not in self._lines:
            raise UnknownGateway(name)
        return self._lines[name]

    def recorded(self, name: str, account: str, endpoint: str) -> Line:
        return self._retired[name] if name in self._retired else self.get(name)

    def retire(self, name: str) -> None:
        """Takes no new payments; what was sent there is still carried on."""
        self._retired[name] = self._lines.pop(name)

    def lose(self, name: str) -> None:
        """Its credentials are gone."""
        del self._lines[name]

    def find(self, line: Line) -> None:
        """They are back."""
        self._lines[line.name] = line
