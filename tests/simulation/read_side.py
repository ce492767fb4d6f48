"""The read side of one history: the product's projections and its recovery worker, on the kernel.

The loops around them (asyncio in production: adapters/read_models/worker.py, feed.py and
api/processes/recovery_loop.py) are written again here, for they are nothing but waiting.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Container
from datetime import datetime, timedelta
from random import Random
from types import TracebackType
from typing import Final

from adapters.codec import MsgspecCodec
from adapters.read_models.memory import MemoryReadModels, MemoryWorkList
from application.ports.work_list import AT_ONCE
from application.recovery.shares import IN_HAND_MAX, next_up
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream
from domain.log import Position, Revision
from domain.payment.rules import Rules
from projections.catalogue import PROJECTIONS
from projections.failures import Interrupted, LogUnavailable, ReadModelsUnavailable
from projections.ports import Batch, ParkedStream, Progress, Replay, Step
from projections.recovery import RECOVERY
from projections.runner import Runner
from tests.simulation.event_store import SimLog, SimStore
from tests.simulation.faults import Faults
from tests.simulation.kernel import Future, Kernel, Task, sleep
from tests.simulation.life import EPOCH, Life
from tests.simulation.sweeps import Sweeps
from tests.simulation.versions import SharedVersions

FEED_S: Final = 0.5
FEED_LATE_S: Final = 12.0
BACK_OFF_S: Final = 1.0
LOOK_EVERY_S: Final = 0.25
LOCKED_S: Final = 8.0  # a due row that another worker has in hand is looked at ever more slowly
SHARE: Final = 4
CODEC: Final = MsgspecCodec()


class ReadSide:
    """What all processes share: the rows, and who may write those of which projection."""

    def __init__(self, kernel: Kernel, log: SimLog, faults: Faults, random: Random) -> None:
        self.kernel, self.log, self.faults, self.random = kernel, log, faults, random
        self.versions = SharedVersions(kernel)
        self.sweeps = Sweeps(kernel)
        # What the router is fed with is judged by nobody: now and then is enough.
        health = random.random() < 0.25
        self.names = [one for one in PROJECTIONS if health or one != "gateway_health"]
        self._leases: dict[tuple[int, str], Life] = {}
        self._freed: list[Future] = []
        self._changed: list[Future] = []

    def project(self, life: Life, store: SimStore, own: int) -> None:
        """Keeps every projection of its program's version going in this life, as soon as its lease
        is free, and of the older ones that somebody reads."""
        self.feed(life, store, own)
        if self.versions.prepare(life, own):
            life.spawn(self.versions.keep_fed(self, life, store, own))
        rows = self.versions.rows(own)
        models = SimReadModels(self, life, rows)
        life.spawn(self.sweeps.keep_sweeping(life, store, models, rows, own))

    def feed(self, life: Life, store: SimStore, number: int) -> None:
        for name in self.names:
            life.spawn(self._keep_projecting(life, store, number, name))

    def changed(self) -> Future:
        """Done as soon as a row of the work list may have changed."""
        future = self.kernel.future()
        self._changed.append(future)
        return future

    def ring(self) -> None:
        changed, self._changed = self._changed, []
        for future in changed:
            future.set()

    def free_leases(self, life: Life) -> None:
        """The life lost them, whether or not it knows."""
        self._leases = {name: one for name, one in self._leases.items() if one is not life}
        freed, self._freed = self._freed, []
        for future in freed:
            future.set()

    async def _keep_projecting(self, life: Life, store: SimStore, number: int, name: str) -> None:
        rows = self.versions.rows(number)
        while self.versions.is_there(number):
            while self._leases.get((number, name), life) is not life:
                freed = self.kernel.future()
                self._freed.append(freed)
                await freed
            self._leases[number, name] = life
            projector = PROJECTIONS[name](store, CODEC)
            runner = Runner(projector, SimReadModels(self, life, rows))
            try:
                await runner.run(lambda after: _Feed(self, life, after))
            except Interrupted:
                life.witness.mark("projection interrupted")
            await sleep(BACK_OFF_S)


class SimReadModels:
    """A ReadModelStore of one life, over the rows that all share."""

    def __init__(self, side: ReadSide, life: Life, rows: MemoryReadModels) -> None:
        self._side, self._life, self._rows = side, life, rows

    async def progress(self, projection: str) -> Progress:
        self._life.step(f"checkpoint {projection}")
        return await self._rows.progress(projection)

    async def apply(self, step: Step) -> None:
        self._life.step(f"rows {step.projection}")
        fails = self._side.faults.hits("rows_failed")
        if fails and self._side.random.random() < 0.5:
            raise ReadModelsUnavailable("not stored")
        await self._rows.apply(step)
        if step.changes and step.projection == RECOVERY.name:
            self._side.ring()
        self._life.step(f"rows stored {step.projection}")
        if fails:
            raise ReadModelsUnavailable("stored, and not answered")

    async def parked(self, projection: str) -> list[ParkedStream]:
        return await self._rows.parked(projection)

    async def replay(self, replay: Replay) -> None:
        await self._rows.replay(replay)


class _Feed(AsyncGenerator[Batch, None]):
    """Batches of what is stored behind a position, for one projection of one life."""

    def __init__(self, side: ReadSide, life: Life, after: Position) -> None:
        self._side, self._life, self._after = side, life, after

    async def asend(self, _: None) -> Batch:
        side = self._side
        self._life.step("feed")
        while not side.log.after(self._after):
            await side.log.bell()
        if side.faults.hits("feed_broken"):
            raise LogUnavailable("simulated")
        late = FEED_LATE_S if side.faults.hits("feed_late") else FEED_S
        await sleep(side.random.random() * late)
        events = side.log.after(self._after)
        self._after = events[-1].position
        return Batch(events=tuple(events), position=self._after, idle=True)

    async def aclose(self) -> None:
        """Nothing is held."""

    async def athrow(
        self,
        failure: type[BaseException] | BaseException,
        value: object = None,
        trace: TracebackType | None = None,
    ) -> Batch:
        raise failure if isinstance(failure, BaseException) else failure(value)


class SimWorkList:
    """A WorkList of one life, whose program's version is `own`."""

    def __init__(self, side: ReadSide, life: Life, own: int) -> None:
        self._side, self._life, self._own = side, life, own

    @property
    def rows(self) -> MemoryReadModels:
        return self._side.versions.read_by(self._life, self._own)

    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        ahead: timedelta = AT_ONCE,
        share: int | None = None,
    ) -> list[DueStream]:
        self._life.step("work list")
        return await MemoryWorkList(self.rows).due(now, limit, ahead=ahead, share=share)

    async def defer(self, stream: str, revision: Revision, until: datetime, tries: int) -> bool:
        self._life.step("defer")
        done = await MemoryWorkList(self.rows).defer(stream, revision, until, tries)
        self._side.ring()
        self._life.step("deferred")
        return done


class Recovering:
    """Keeps a RecoveryWorker busy. Instead of looking four times a second at nothing, it looks
    when the next row is due or a row has changed."""

    def __init__(
        self,
        side: ReadSide,
        life: Life,
        worker: RecoveryWorker,
        work: SimWorkList,
        rules: Rules,
        *,
        sees_dead: bool,
    ) -> None:
        self._side, self._life, self._worker, self._work = side, life, worker, work
        ahead = rules.send_within + rules.taken_over_after
        self._ahead_s = ahead.total_seconds() if sees_dead else 0.0

    async def keep_on(self) -> None:
        in_hand: dict[DueStream, Task] = {}
        pause_s = LOOK_EVERY_S
        while True:
            changed = self._side.changed()
            listed = await self._worker.due(IN_HAND_MAX, share=SHARE)
            for due in next_up(listed, in_hand, share=SHARE):
                in_hand[due] = self._life.spawn(self._worker.take_up(due))
            await sleep(LOOK_EVERY_S)
            for due in [one for one, task in in_hand.items() if task.ended]:
                del in_hand[due]
            idle_s = self._idle_s({one.stream for one in in_hand})
            pause_s = pause_s * 2 if idle_s <= 0 else LOOK_EVERY_S
            if in_hand:
                over = self._side.kernel.future()
                for task in in_hand.values():
                    task.over.then(over.set)
                changed.then(over.set)
                changed = over
            await self._side.kernel.within(changed, max(idle_s, min(pause_s, LOCKED_S)))

    def _idle_s(self, in_hand: Container[str]) -> float:
        """Until the next row that is not in hand is due by this life's clock."""
        times = [
            max(row["recover_after"], row["deferred_until"] or row["recover_after"])
            for row in self._work.rows.rows(RECOVERY)
            if row["stream"] not in in_hand
        ]
        if not times:
            return 1e9
        due_s = (min(times) - EPOCH).total_seconds() - self._life.offset_s
        return float(due_s - self._ahead_s - self._side.kernel.now)
