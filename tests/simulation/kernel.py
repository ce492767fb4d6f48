"""Virtual time for plain coroutines: no asyncio, no threads, about a million awaits a second.

A coroutine waits by yielding a Future or a number of seconds. Everything that happens is ordered
by time and then by when it was asked for, so that a run is a pure function of its seed.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from heapq import heappop, heappush
from typing import Any, Final, TypeAlias

STEPS_MAX: Final = 1_000_000  # of one run: beyond it something turns in circles

Call: TypeAlias = Callable[[Any], None]


class Dead(BaseException):
    """The process is gone: unwinds what it was doing. No product code may catch it."""


class Endless(Exception):
    """More than STEPS_MAX steps: the run does not come to rest."""


class Future:
    """Something that will be known later. The first outcome counts, later ones are ignored."""

    __slots__ = ("_kernel", "_then", "_waiting", "done", "error", "value")

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._waiting: list[Task] = []
        self._then: list[Call] = []
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def set(self, value: Any = None) -> None:
        if not self.done:
            self.done, self.value = True, value
            self._wake()

    def fail(self, error: BaseException) -> None:
        if not self.done:
            self.done, self.error = True, error
            self._wake()

    def wait(self, task: Task) -> None:
        self._waiting.append(task)

    def then(self, call: Call) -> None:
        """Calls `call(self)` as soon as it is done."""
        if self.done:
            call(self)
        else:
            self._then.append(call)

    def result(self) -> Any:
        """Raises what it failed with."""
        if self.error is not None:
            raise self.error
        return self.value

    def _wake(self) -> None:
        self._kernel.ready.extend(self._waiting)
        self._waiting = []
        for call in self._then:
            call(self)

    def __await__(self) -> Generator[Any, None, Any]:
        if not self.done:
            yield self
        if self.error is not None:
            raise self.error
        return self.value


class Home:
    """Where a task lives: a process's life, or the world. `frozen_until`: stopped, not dead.
    `strict`: what its tasks raise ends the run, for it is the simulation's own mistake."""

    __slots__ = ("frozen_until", "strict", "tasks")

    def __init__(self, *, strict: bool = False) -> None:
        self.frozen_until = 0.0
        self.strict = strict
        self.tasks: dict[Task, None] = {}


class Task:
    """A coroutine that the kernel drives. `over` tells how it ended; nobody has to ask."""

    __slots__ = ("coroutine", "ended", "home", "over")

    def __init__(self, kernel: Kernel, coroutine: Coroutine[Any, Any, Any], home: Home) -> None:
        self.coroutine = coroutine
        self.home = home
        self.ended = False
        self.over = Future(kernel)

    def close(self) -> None:
        """Ends it between two awaits. What its `finally` blocks ask of the world raises Dead."""
        if self.ended:
            return
        self.ended = True
        self.home.tasks.pop(self, None)
        try:
            self.coroutine.close()
        except Dead:
            return


@types.coroutine
def sleep(seconds: float) -> Generator[float, None, None]:
    """Also for 0 or less: others run first."""
    yield seconds


class Kernel:
    """One run. `now` is true time in seconds since its beginning."""

    def __init__(self) -> None:
        self.now = 0.0
        self.steps = 0
        self.ready: deque[Task] = deque()
        self._heap: list[tuple[float, int, Call, Any]] = []
        self._sequence = 0

    def at(self, delay: float, call: Call, argument: Any = None) -> None:
        """Calls `call(argument)` after `delay` seconds."""
        self._sequence += 1
        time = self.now + delay if delay > 0.0 else self.now
        heappush(self._heap, (time, self._sequence, call, argument))

    def future(self) -> Future:
        return Future(self)

    def spawn(self, coroutine: Coroutine[Any, Any, Any], home: Home) -> Task:
        task = Task(self, coroutine, home)
        home.tasks[task] = None
        self.ready.append(task)
        return task

    async def within(self, future: Future, seconds: float | None) -> bool:
        """Waits for `future`, at most so long (None: for ever). Whether it is done, well or not."""
        if future.done:
            return True
        gate = Future(self)
        future.then(gate.set)
        if seconds is not None:
            self.at(seconds, gate.set)
        await gate
        return future.done

    def run(self, until: float) -> None:
        """Everything up to and with the time `until`. Raises Endless, and whatever a task of a
        strict home raised."""
        heap, ready, resume = self._heap, self.ready, self._resume
        while True:
            while ready:
                resume(ready.popleft())
            if not heap or heap[0][0] > until:
                break
            self.now, _, call, argument = heappop(heap)
            call(argument)
        self.now = max(self.now, until)

    def _resume(self, task: Task) -> None:
        if task.ended:
            return
        if task.home.frozen_until > self.now:
            self.at(task.home.frozen_until - self.now, self.ready.append, task)
            return
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise Endless(f"{STEPS_MAX} steps at {self.now} s")
        try:
            awaited = task.coroutine.send(None)
        except StopIteration as stop:
            self._end(task)
            task.over.set(stop.value)
        except (Dead, Exception) as failure:
            self._end(task)
            task.over.fail(failure)
            if task.home.strict:
                raise
        else:
            if type(awaited) is Future:
                awaited.wait(task)
            else:
                self.at(awaited, self.ready.append, task)

    @staticmethod
    def _end(task: Task) -> None:
        task.ended = True
        task.home.tasks.pop(task, None)
