"""Hot state of one process: bounded, forgets by time and, when full, by age.

Must not be given to several processes that work on one log: they would not see each other's marks
and locks, which costs double work, though never correctness.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
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

COMMANDS_MAX: Final = 50_000
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
LOCKS_MAX: Final = 50_000


@dataclass(slots=True)
class _Entry:
    """A running mark while there is no answer."""

    answer: StoredAnswer | None
    expires_at: float

    @property
    def size_bytes(self) -> int:
        return len(self.answer.body) if self.answer else 0


class MemoryHotState:
    """`monotonic` gives seconds and decides what expired; only `wait` uses the loop's timers."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        commands_max: int = COMMANDS_MAX,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
        locks_max: int = LOCKS_MAX,
    ) -> None:
        self._monotonic = monotonic
        self._commands_max = commands_max
        self._answer_bytes_max = answer_bytes_max
        self._locks_max = locks_max
        self._entries: OrderedDict[UUID, _Entry] = OrderedDict()  # longest unused first
        self._answer_bytes = 0
        self._changes: dict[UUID, set[asyncio.Future[None]]] = {}
        self._locks: dict[str, tuple[int, float]] = {}  # token, expires at
        self._last_token = 0
        self._windows = OutcomeWindows()

    async def begin(self, command: UUID, *, running_ttl_s: float) -> Begun:
        entry = self._live(command)
        if entry is None:
            self._put(command, _Entry(None, self._monotonic() + running_ttl_s))
            return Fresh()
        return Running() if entry.answer is None else entry.answer

    async def conclude(self, command: UUID, answer: StoredAnswer, *, ttl_s: float) -> None:
        self._put(command, _Entry(answer, self._monotonic() + ttl_s))

    async def abandon(self, command: UUID) -> None:
        entry = self._live(command)
        if entry is not None and entry.answer is None:
            self._drop(command)

    async def wait(self, command: UUID, *, timeout_s: float) -> StoredAnswer | None:
        try:
            async with asyncio.timeout(timeout_s):
                while (entry := self._live(command)) is not None:
                    if entry.answer is not None:
                        return entry.answer
                    await self._change(command, entry.expires_at - self._monotonic())
        except TimeoutError:
            pass
        return None

    async def lock(self, name: str, *, ttl_s: float) -> Lock | None:
        now = self._monotonic()
        held = self._locks.get(name)
        if held is not None and held[1] > now:
            return None
        if len(self._locks) >= self._locks_max:
            self._forget_expired_locks(now)
        self._last_token += 1
        self._locks[name] = (self._last_token, now + ttl_s)
        return Lock(name=name, token=self._last_token)

    async def unlock(self, lock: Lock) -> bool:
        token, expires_at = self._locks.get(lock.name, (0, 0.0))
        if token != lock.token or expires_at <= self._monotonic():
            return False
        del self._locks[lock.name]
        return True

    async def record_outcome(self, gateway: str, method: str, *, ok: bool, minute: int) -> None:
        self._windows.record(gateway, method, ok=ok, minute=minute)

    async def recent_outcomes(
        self, gateways: list[str], method: str, *, minute: int, minutes: int
    ) -> dict[str, tuple[int, int]]:
        return self._windows.recent(gateways, method, minute=minute, minutes=minutes)

    async def aclose(self) -> None:
        for command in list(self._entries):
            self._drop(command)

    def _live(self, command: UUID) -> _Entry | None:
        entry = self._entries.get(command)
        if entry is None:
            return None
        if entry.expires_at <= self._monotonic():
            self._drop(command)
            return None
        self._entries.move_to_end(command)
        return entry

    def _put(self, command: UUID, entry: _Entry) -> None:
        self._drop(command)
        self._entries[command] = entry
        self._answer_bytes += entry.size_bytes
        while (
            len(self._entries) > self._commands_max or self._answer_bytes > self._answer_bytes_max
        ):
            self._drop(next(iter(self._entries)))

    def _drop(self, command: UUID) -> None:
        """Forgets what was there; whoever waits looks again."""
        entry = self._entries.pop(command, None)
        if entry is not None:
            self._answer_bytes -= entry.size_bytes
        for future in self._changes.get(command, ()):
            if not future.done():
                future.set_result(None)

    async def _change(self, command: UUID, at_most_s: float) -> None:
        """Returns when the entry has changed, or its mark should have expired."""
        future = asyncio.get_running_loop().create_future()
        waiting = self._changes.setdefault(command, set())
        waiting.add(future)
        try:
            await asyncio.wait({future}, timeout=at_most_s)
        finally:
            waiting.discard(future)
            if not waiting:
                self._changes.pop(command, None)

    def _forget_expired_locks(self, now: float) -> None:
        self._locks = {name: held for name, held in self._locks.items() if held[1] > now}
        if len(self._locks) >= self._locks_max:
            raise HotStateUnavailable(f"{self._locks_max} locks are held already")
