"""Processes that live, die and come back: API servers and workers, each life composed anew.

Composition is the product's own (api/composition/core.py).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final
from uuid import UUID

from api.composition.core import Ports, compose
from api.http.problems import TABLE
from application.contents import Application
from application.notices.receive import Received
from domain.payment.rules import Rules
from tests.simulation.calls import Call, Said, serve
from tests.simulation.event_store import SimLog, SimStore
from tests.simulation.faults import Faults
from tests.simulation.gateway_port import SimGateways
from tests.simulation.gateway_traits import Traits
from tests.simulation.hot_state import SimHot, SimHotServer
from tests.simulation.kernel import Dead, Future, Kernel
from tests.simulation.life import Life, LifeChance, NoKeys
from tests.simulation.network import Network
from tests.simulation.rare_states import CRASH_STEPS
from tests.simulation.read_side import ReadSide, Recovering, SimWorkList
from tests.simulation.versions import NEW, OLD
from tests.simulation.witness import Witness

CRASH_STEP_MAX: Final = {"api": 70, "worker": 160}
RESTART_S: Final = 20.0
FREEZE_S: Final = 90.0
WIRE_S: Final = 0.003


class World:
    """Everything that outlives a process."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        witness: Witness,
        faults: Faults,
        random: Random,
        rules: Rules,
        traits: list[Traits],
        network: Network,
        log: SimLog,
        hot: SimHotServer,
        sees_dead: bool,
    ) -> None:
        self.kernel, self.witness, self.faults, self.random = kernel, witness, faults, random
        self.rules, self.traits, self.network = rules, traits, network
        self.log, self.hot, self.sees_dead = log, hot, sees_dead
        self.side = ReadSide(kernel, log, faults, random)
        self.active_s = 0.0  # until when faults go on
        self.hangs = False  # one of its gateways, for hours
        self.lives = 0
        self.dead: set[str] = set()
        self.alarms: list[str] = []

    def owner_is_dead(self, owner: str) -> bool:
        """As the embedded mode knows it of its own machine; elsewhere nothing is certain."""
        return self.sees_dead and owner in self.dead


class Process:
    """One of the system's processes: dead or alive, and started again some time after a crash."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.role = name.rstrip("0123456789")
        self.life: Life | None = None
        self.core: Application | None = None
        self.version = OLD  # of the read models, as its program knows them
        skew_s = world.rules.clock_skew.total_seconds() / 2
        self._offset_s = world.random.choice((-1.0, -0.5, 0.0, 0.0, 0.5, 1.0)) * skew_s
        self.start()

    def start(self, _: Any = None) -> None:
        world = self.world
        if self.life is not None and not self.life.dead:
            return
        world.lives += 1
        life = Life(world.kernel, world.witness, self.name, world.lives, self._offset_s)
        store = SimStore(world.log, life, world.faults, world.random, world.witness)
        work = SimWorkList(world.side, life, self.version)
        ports = Ports(
            store=store,
            work=work,
            gateways=SimGateways(world.traits, world.network, life),
            hot=SimHot(world.hot, life, world.faults, world.random),
            clock=life,
            ids=life,
            chance=LifeChance(world.random),
            pause=life,
            turns=life,
            behind=life,
            draws=NoKeys(),
            owner_is_dead=world.owner_is_dead,
        )
        core = compose(ports, owner=life.owner, rules=world.rules, secrets={})
        self.life, self.core = life, core
        life.ended.then(self._ended)
        self._plan_misfortune(life)
        if self.role == "worker":
            self._work(life, core, store, work)

    def upgrade(self, _: Any = None) -> None:
        """To a program of the next version of the read models."""
        self.version = NEW
        if self.life is not None:
            self.life.crash("an upgrade")

    def end(self) -> None:
        """Lets go of everything; nothing of it is seen any more."""
        if self.life is not None:
            self.life.dead = True
            for task in list(self.life.tasks):
                task.close()

    def call(self, call: Call, answer: Callable[[Said | None], None]) -> None:
        """Takes a client's request; `answer` gets None where the connection breaks."""
        if self.life is None or self.core is None or self.life.dead:
            answer(None)
            return
        life, core = self.life, self.core
        task = life.spawn(serve(core, call))

        def over(_: Future) -> None:
            said: Said | None = None if task.over.error else task.over.value
            if said is not None and said.alarm is not None:
                self.world.alarms.append(said.alarm)
            answer(said)

        task.over.then(over)
        life.ended.then(lambda _: answer(None))

    def hint(self, payment: UUID, gateway: str, claimed: UUID | None) -> Future:
        """A gateway's notice: somebody looks. Gets True when the gateway need not tell again."""
        heard = self.world.kernel.future()
        if self.life is None or self.core is None or self.life.dead:
            heard.set(False)
            return heard

        def looked(over: Future) -> None:
            if over.error is not None and not isinstance(over.error, (Dead, *TABLE)):
                self.world.alarms.append(f"a hint: {over.error!r}")
            heard.set(over.error is None and over.value)

        self.world.witness.note("noticed", process=self.name, payment=str(payment))
        received = Received(gateway=gateway, payment=payment, money_under=claimed, is_repeat=False)
        self.life.spawn(self.core.hints.follow(received)).over.then(looked)
        self.life.ended.then(lambda _: heard.set(False))
        return heard

    def _work(self, life: Life, core: Application, store: SimStore, work: SimWorkList) -> None:
        world = self.world
        world.side.project(life, store, self.version)
        rules, sees_dead = world.rules, world.sees_dead
        loop = Recovering(world.side, life, core.recovery, work, rules, sees_dead=sees_dead)
        life.spawn(loop.keep_on())

    def _plan_misfortune(self, life: Life) -> None:
        world, random = self.world, self.world.random
        left_s = world.active_s - world.kernel.now
        if left_s <= 0:
            return
        if world.faults.hits("crash_before"):
            steps = CRASH_STEPS[self.role]
            (life.crash_before,) = random.choices(tuple(steps), tuple(steps.values()))
        if world.faults.hits("crash_at_step"):
            life.crash_at = 1 + int(random.random() ** 2 * CRASH_STEP_MAX[self.role])
        if world.faults.hits("crash_any_time"):
            world.kernel.at(random.random() * left_s, life.crash, "whatever it waited for")
        if world.faults.hits("freeze"):
            world.kernel.at(random.random() * left_s, self._freeze, life)

    def _freeze(self, life: Life) -> None:
        world = self.world
        if life.dead or world.faults.over:
            return
        world.witness.mark("process frozen")
        life.freeze(world.random.random() ** 2 * FREEZE_S)
        world.side.free_leases(life)

    def _ended(self, _: Future) -> None:
        world = self.world
        if self.life is not None:
            world.dead.add(self.life.owner)
            world.side.free_leases(self.life)
            world.side.ring()
        delay = 0.5 if world.faults.over else world.random.random() ** 2 * RESTART_S
        world.kernel.at(delay, self.start)
