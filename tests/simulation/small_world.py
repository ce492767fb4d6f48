"""A world without chance for tests of one situation: one gateway, named processes, no faults but
those that the test asks for."""

from __future__ import annotations

from collections.abc import Coroutine
from random import Random
from typing import Any, Final, TypeVar

from domain.payment.rules import Rules
from tests.simulation.calls import Call, Said, serve
from tests.simulation.event_store import SimLog
from tests.simulation.faults import FAULTS, Faults
from tests.simulation.gateway_books import Books
from tests.simulation.gateway_traits import DAY_S, Traits
from tests.simulation.hot_state import SimHotServer
from tests.simulation.kernel import Kernel
from tests.simulation.life import Life
from tests.simulation.network import Network
from tests.simulation.processes import Process, World
from tests.simulation.witness import Witness

MERCHANT: Final = "mer_one"
ALPHA: Final = Traits(
    name="alpha", account="acct_alpha", endpoint="https://alpha.example", key_lifetime_s=DAY_S,
    look_up=True, cancel_by_key=True, absence_is_final=False, lateness_s=20.0,
    several_captures=True, authorization_lifetime_s=7 * DAY_S, lapses=False,
)  # fmt: skip

Result = TypeVar("Result")


class Steady(Random):
    """Every share that is drawn is the same: what is lost is lost without a word."""

    def random(self) -> float:
        return 0.9


class SmallWorld:
    def __init__(self, traits: Traits = ALPHA) -> None:
        self.kernel = Kernel()
        self.witness = Witness(self.kernel)
        random = Steady(1)
        self.faults = Faults(random, dict.fromkeys(FAULTS, 0.0))
        books = Books(traits, self.kernel, self.witness, self.faults, random)
        self.world = World(
            kernel=self.kernel, witness=self.witness, faults=self.faults, random=random,
            rules=Rules(), traits=[traits],
            network=Network(self.kernel, self.witness, self.faults, random, [books]),
            log=SimLog(self.kernel), hot=SimHotServer(self.kernel), sees_dead=False,
        )  # fmt: skip

    def process(self, name: str = "api0") -> Process:
        """An API server: nothing happens in it by itself."""
        return Process(self.world, name)

    def ask(self, process: Process, call: Call) -> Said:
        assert process.core is not None
        return self.finish(process, serve(process.core, call))

    def finish(self, process: Process, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs until this is done."""
        assert isinstance(process.life, Life)
        task = process.life.spawn(work)
        while not task.over.done:
            self.kernel.run(self.kernel.now + 0.05)
        result: Result = task.over.result()
        return result

    def wait(self, seconds: float) -> None:
        self.kernel.run(self.kernel.now + seconds)

    def story(self) -> list[str]:
        return [event.type for event in self.world.log.events]

    def sent(self, kind: str) -> list[dict[str, Any]]:
        facts = self.witness.facts
        return [one for one in facts if one["fact"] == "sent" and one["kind"] == kind]
