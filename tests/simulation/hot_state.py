"""The hot state that all processes share, which may be slow, gone or emptied at any moment.

It can forget everything, and it must not be able to make anything wrong by that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from adapters.hot_state.windows import OutcomeWindows
from application.ports.hot_state import (
    Begun,
    Fresh,
    HotStateUnavailable,
    Lock,
    Running,
    StoredAnswer,
)
from tests.simulation.faults import Faults
from tests.simulation.kernel import Future, Kernel, sleep
from tests.simulation.life import Life

ROUND_TRIP_S: Final = 0.001
GIVE_UP_S: Final = 0.25  # how long a call takes to fail


@dataclass(slots=True)
class _Entry:
    """A running mark while there is no answer."""

    answer: StoredAnswer | None
    expires_at: float
    changed: list[Future] = field(default_factory=list)


class SimHotServer:
    """What is in it. `down`: nobody reaches it."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.down = False
        self.entries: dict[UUID, _Entry] = {}
        self.locks: dict[str, tuple[int, float]] = {}
        self.last_token = 0
        self.windows = OutcomeWindows()

    def lose(self) -> None:
        """Everything but the tokens, which a server counts on from its clock."""
        entries, self.entries = self.entries, {}
        self.locks = {}
        self.windows = OutcomeWindows()
        for entry in entries.values():
            self.wake(entry)

    def live(self, command: UUID) -> _Entry | None:
        entry = self.entries.get(command)
        if entry is not None and entry.expires_at <= self.kernel.now:
            del self.entries[command]
            return None
        return entry

    def wake(self, entry: _Entry) -> None:
        changed, entry.changed = entry.changed, []
        for future in changed:
            future.set()


class SimHot:
    """A HotState of one life."""

    def __init__(self, server: SimHotServer, life: Life, faults: Faults, random: Random) -> None:
        self._server, self._life, self._faults, self._random = server, life, faults, random

    async def begin(self, command: UUID, *, running_ttl_s: float) -> Begun:
        await self._arrive("hot begin")
        entry = self._server.live(command)
        begun: Begun
        if entry is None:
            expires_at = self._server.kernel.now + running_ttl_s
            self._server.entries[command] = _Entry(None, expires_at)
            begun = Fresh()
        else:
            begun = entry.answer or Running()
        await self._return("hot begun")
        return begun

    async def conclude(self, command: UUID, answer: StoredAnswer, *, ttl_s: float) -> None:
        await self._arrive("hot conclude")
        before = self._server.live(command)
        self._server.entries[command] = _Entry(answer, self._server.kernel.now + ttl_s)
        if before is not None:
            self._server.wake(before)
        await self._return("hot concluded")

    async def abandon(self, command: UUID) -> None:
        await self._arrive("hot abandon")
        entry = self._server.live(command)
        if entry is not None and entry.answer is None:
            del self._server.entries[command]
            self._server.wake(entry)
        await self._return("hot abandoned")

    async def wait(self, command: UUID, *, timeout_s: float) -> StoredAnswer | None:
        await self._arrive("hot wait")
        kernel = self._server.kernel
        until = kernel.now + timeout_s
        while (entry := self._server.live(command)) is not None and kernel.now < until:
            if entry.answer is not None:
                return entry.answer
            changed = kernel.future()
            entry.changed.append(changed)
            await kernel.within(changed, min(until, entry.expires_at) - kernel.now)
            self._life.step("hot waited")
            if self._server.down:
                raise HotStateUnavailable("down")
        return None

    async def lock(self, name: str, *, ttl_s: float) -> Lock | None:
        await self._arrive("hot lock")
        server = self._server
        held = server.locks.get(name)
        if held is not None and held[1] > server.kernel.now:
            return None
        server.last_token += 1
        server.locks[name] = (server.last_token, server.kernel.now + ttl_s)
        lock = Lock(name=name, token=server.last_token)
        await self._return("hot locked")
        return lock

    async def unlock(self, lock: Lock) -> bool:
        await self._arrive("hot unlock")
        token, expires_at = self._server.locks.get(lock.name, (0, 0.0))
        if token != lock.token or expires_at <= self._server.kernel.now:
            return False
        del self._server.locks[lock.name]
        return True

    async def record_outcome(self, gateway: str, method: str, *, ok: bool, minute: int) -> None:
        await self._arrive("hot record")
        self._server.windows.record(gateway, method, ok=ok, minute=minute)

    async def recent_outcomes(
        self, gateways: list[str], method: str, *, minute: int, minutes: int
    ) -> dict[str, tuple[int, int]]:
        await self._arrive("hot recent")
        return self._server.windows.recent(gateways, method, minute=minute, minutes=minutes)

    async def aclose(self) -> None:
        """Nothing is held."""

    async def _arrive(self, step: str) -> None:
        self._life.step(step)
        if self._server.down:
            await sleep(GIVE_UP_S)
            self._life.step(step)
            raise HotStateUnavailable("down")
        if self._faults.hits("hot_unheard"):
            await sleep(GIVE_UP_S)
            self._life.step(step)
            raise HotStateUnavailable("never arrived")
        await sleep(self._random.random() * ROUND_TRIP_S)

    async def _return(self, step: str) -> None:
        """Done; and the answer may be lost."""
        if self._faults.hits("hot_failed"):
            await sleep(GIVE_UP_S)
            self._life.step(step)
            raise HotStateUnavailable("no answer")
        self._life.step(step)
