"""One life of a process: its name as an owner, its clocks, and the moment at which it dies.

Every port asks `step` on entry and on return: that is where a process may be killed, so that it
dies between any two awaits. What it had asked of the world still happens.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

from application.payments.log import ConflictPersists
from application.ports.event_store import StoreFailure
from tests.simulation.kernel import Dead, Future, Home, Kernel, Task, sleep
from tests.simulation.witness import Witness

Done = TypeVar("Done")

EPOCH: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
NEVER: Final = 1 << 60


class Life(Home):
    """`offset_s`: how far this machine's wall clock is off. `crash_at`: the step it dies at, or
    `crash_before`: by its name."""

    __slots__ = (
        "_monotonic_s",
        "crash_at",
        "crash_before",
        "dead",
        "ended",
        "ids",
        "kernel",
        "number",
        "offset_s",
        "owner",
        "process",
        "steps",
        "turns",
        "witness",
    )

    def __init__(
        self, kernel: Kernel, witness: Witness, process: str, number: int, offset_s: float
    ) -> None:
        super().__init__()
        self.kernel, self.witness, self.process, self.number = kernel, witness, process, number
        self.owner = f"{process.rstrip('0123456789')}-{number:032x}"
        self.offset_s = offset_s
        self._monotonic_s = 1000.0 * number  # means nothing to other processes
        self.crash_at = NEVER
        self.crash_before: str | None = None
        self.steps = 0
        self.dead = False
        self.ended = kernel.future()
        self.ids = 0
        self.turns: dict[str, deque[Future]] = {}
        witness.note("started", process=process, owner=self.owner)

    def step(self, name: str) -> None:
        """Raises Dead when the process is gone, or goes now."""
        if self.dead:
            raise Dead(self.owner)
        self.steps += 1
        if self.steps >= self.crash_at or name == self.crash_before:
            self.crash(name)
            raise Dead(self.owner)

    def crash(self, before: str) -> None:
        """Ends every task between two awaits. The one that runs now, if it is one of ours, must
        raise Dead."""
        if self.dead:
            return
        self.dead = True
        self.witness.note("crashed", process=self.process, owner=self.owner, before=before)
        for task in list(self.tasks):
            if inspect.getcoroutinestate(task.coroutine) != inspect.CORO_RUNNING:
                task.close()
        self.ended.set()

    def spare(self) -> None:
        """No crash is planned any more."""
        self.crash_at, self.crash_before = NEVER, None

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Task:
        return self.kernel.spawn(coroutine, self)

    def wall(self) -> float:
        """Seconds since EPOCH, as this process's wall clock shows them."""
        return self.kernel.now + self.offset_s

    # The ports of application/ports/surroundings.py.

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.kernel.now + self.offset_s)

    def suspend(self, seconds: float) -> None:
        """The whole machine sleeps: its monotonic clock stands still, the one on the wall not."""
        self._monotonic_s -= seconds
        self.freeze(seconds)

    def freeze(self, seconds: float) -> None:
        """It is stopped, not dead: whatever it is asked meanwhile it takes for new when it goes
        on."""
        self.frozen_until = max(self.frozen_until, self.kernel.now + seconds)
        self.witness.note("froze", process=self.process, until=self.frozen_until)

    def monotonic(self) -> float:
        return self.kernel.now + self._monotonic_s

    def fresh(self) -> UUID:
        self.ids += 1
        return UUID(int=(self.number << 96) | (0x4 << 76) | (0x8 << 60) | self.ids)

    async def sleep(self, seconds: float) -> None:
        self.step("pause")
        await sleep(seconds)
        self.step("after_pause")

    async def for_all(self, works: Sequence[Callable[[], Coroutine[Any, Any, Done]]]) -> list[Done]:
        """One alone goes on as it is: nobody else has to be let run."""
        if len(works) == 1:
            return [await works[0]()]
        if works:
            self.witness.mark("looked up beside each other")
        tasks = [self.spawn(work()) for work in works]
        for task in tasks:
            over = self.kernel.future()
            task.over.then(over.set)
            await over
        return [task.over.result() for task in tasks]

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        self.witness.mark(f"goes on behind: {name.split()[0]}")
        self.spawn(work()).over.then(self._told)
        return True

    def _told(self, over: Future) -> None:
        passing = (Dead, StoreFailure, ConflictPersists)  # told in the log, and left to recovery
        if over.error is not None and not isinstance(over.error, passing):
            raise over.error  # a mistake of the product: the run ends with it

    def of(self, name: str) -> _Turn:
        return _Turn(self, name)


class _Turn:
    """First come, first served, within one life."""

    __slots__ = ("_life", "_name")

    def __init__(self, life: Life, name: str) -> None:
        self._life, self._name = life, name

    async def __aenter__(self) -> None:
        queue = self._life.turns.get(self._name)
        if queue is None:
            self._life.turns[self._name] = deque()
            return
        turn = self._life.kernel.future()
        queue.append(turn)
        await turn

    async def __aexit__(self, *_: object) -> None:
        queue = self._life.turns[self._name]
        if queue:
            queue.popleft().set()
        else:
            del self._life.turns[self._name]


class LifeChance:
    """Chance of one history: no two processes draw the same number."""

    def __init__(self, random: Random) -> None:
        self.uniform = random.random


class NoKeys:
    """Nobody is registered in a history: no secret of an API key is drawn."""

    def draw(self, size: int) -> bytes:
        raise NotImplementedError("a key was issued")
