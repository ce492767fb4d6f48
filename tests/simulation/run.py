"""One history from one seed: draws a world, lets it run under faults, calms it, and reads it.

`run_history` is what everything else builds on; its signature stays.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, Final
from uuid import UUID

from application.recovery.reminding import REMINDER
from domain.payment.rules import Rules
from projections.recovery import RECOVERY
from projections.tables import Remove
from tests.simulation.clients import Client, Diary, read_in_the_end
from tests.simulation.event_store import SimLog
from tests.simulation.faults import Faults
from tests.simulation.gateway_books import Books
from tests.simulation.gateway_traits import DAY_S, HOUR_S, drawn_gateways
from tests.simulation.hanging import hang, is_drawn, several_gateways
from tests.simulation.history import history_of
from tests.simulation.hot_state import SimHotServer
from tests.simulation.kernel import Future, Home, Kernel
from tests.simulation.memory import remembering
from tests.simulation.network import Network
from tests.simulation.processes import Process, World
from tests.simulation.witness import Witness

LAST_READS_S: Final = 900.0
BETWEEN_UPGRADES_S: Final = 120.0
LOST_ROWS_MAX: Final = 4
NOTICES_AFTER_S: Final = (2.0, 400.0)
NOTICE_AGAIN_S: Final = 15.0
NOTICE_TRIES_MAX: Final = 9
EXPECTED: Final = ("StoreFailure", "ConflictPersists")  # in the product's log: not an alarm


def run_history(
    seed: int,
    *,
    rates: Mapping[str, float] | None = None,
    payments: int | None = None,
    remember: bool = True,
) -> dict[str, Any]:
    """The history of one seed, as history_format.md says. `rates` replaces drawn fault rates,
    `payments` the number of payments. Nothing is planted. Raises Endless, and any mistake of the
    simulation's own."""
    random = Random(seed)
    world = _drawn_world(random, rates)
    count = payments or random.choice((1, 1, 1, 2, 2, 3))
    with _overheard(world), remembering() if remember else nullcontext():
        servers, workers = _started(world)
        try:
            _live(world, servers, workers, count)
            return history_of(seed, world)
        finally:
            for process in servers + workers:
                process.end()


def _live(world: World, servers: list[Process], workers: list[Process], count: int) -> None:
    home = Home(strict=True)
    diary = Diary(world, servers, home)
    if world.hangs:
        hang(world, diary)
    for number in range(0 if world.hangs else count):
        Client(diary, world.random, number).start()
    _listen(world, servers)
    _upgrade(world, workers)
    _lose_work(world)
    _storm(world, servers + workers)
    world.kernel.run(_calm_until(world))
    if world.random.random() < 0.5:
        _lose(world)
    world.kernel.spawn(read_in_the_end(diary), home)
    world.kernel.run(world.kernel.now + LAST_READS_S)
    if home.tasks:
        world.alarms.append(f"{len(home.tasks)} clients still wait in the end")


def _drawn_world(random: Random, rates: Mapping[str, float] | None) -> World:
    kernel = Kernel()
    witness = Witness(kernel)
    faults = Faults(random, rates)
    hangs = is_drawn(faults)
    traits = several_gateways(faults) if hangs else drawn_gateways(random, faults)
    books = [Books(one, kernel, witness, faults, random) for one in traits]
    world = World(
        kernel=kernel,
        witness=witness,
        faults=faults,
        random=random,
        rules=_drawn_rules(random),
        traits=traits,
        network=Network(kernel, witness, faults, random, books),
        log=SimLog(kernel),
        hot=SimHotServer(kernel),
        sees_dead=random.random() < 0.4,
    )
    world.active_s = random.choice((20.0, 45.0, 90.0, 180.0))
    world.hangs = hangs
    return world


def _drawn_rules(random: Random) -> Rules:
    """The design's numbers; only how long verification goes on is shortened, mostly."""
    if random.random() < 0.05:
        return Rules()
    review_after = timedelta(seconds=random.choice((900.0, 2 * HOUR_S)))
    return Rules(
        review_after=review_after,
        verify_most=timedelta(seconds=600),
        look_after_review=timedelta(seconds=1200),
    )


def _started(world: World) -> tuple[list[Process], list[Process]]:
    random = world.random
    servers = [Process(world, f"api{n}") for n in range(random.choice((1, 2, 2, 3)))]
    workers = [Process(world, f"worker{n}") for n in range(random.choice((1, 1, 2)))]
    return servers, workers


def _listen(world: World, servers: list[Process]) -> None:
    """Gateways send each notice a few times, and again while nobody takes it; it reaches some
    server."""

    def deliver(what: tuple[tuple[UUID, str, UUID | None], int]) -> None:
        notice, tried = what
        if world.faults.hits("notice_lost"):
            return

        def over(heard: Future) -> None:
            if not heard.value and tried < NOTICE_TRIES_MAX:
                after_s = NOTICE_AGAIN_S * 2**tried * (1 + world.random.random())
                world.kernel.at(after_s, deliver, (notice, tried + 1))

        world.random.choice(servers).hint(*notice).then(over)

    def notify(gateway: str, payment: str, claimed: UUID | None) -> None:
        for after_s in NOTICES_AFTER_S:
            notice = (UUID(payment), gateway, claimed)
            world.kernel.at(after_s * world.random.random(), deliver, (notice, 1))

    for name, books in world.network.books.items():
        books.notify = partial(notify, name)


def _upgrade(world: World, workers: list[Process]) -> None:
    """One worker after another, now and then with a long while between them."""
    later = ("client_newer", "voids_refused", "work_row_lost", "gateway_hangs")
    rates = sorted(one for one in world.faults.rates.items() if one[0] not in later)
    own = Random(f"upgrade {world.active_s} {rates}")
    if not world.faults.hits("read_models_raised", own):
        return
    at_s = own.random() * world.active_s
    for worker in workers:
        world.kernel.at(at_s, worker.upgrade)
        at_s += own.random() ** 2 * BETWEEN_UPGRADES_S


def _lose_work(world: World) -> None:
    """Rows of the work list, one at a time: what a daily sweep is for."""
    own = world.faults.chance_of("work_row_lost")
    if not world.faults.hits("work_row_lost", own):
        return
    world.side.sweeps.begin()

    def lose(_: Any) -> None:
        rows = world.side.versions.serving
        listed = sorted(str(row["stream"]) for row in rows.rows(RECOVERY))
        if listed:
            stream = own.choice(listed)
            rows.change([Remove(RECOVERY, (stream,))])
            world.witness.note("work_row_lost", stream=stream)

    for _ in range(LOST_ROWS_MAX):
        world.kernel.at(own.random() * 2 * world.active_s, lose)


def _storm(world: World, processes: list[Process]) -> None:
    """Until the faults end."""
    kernel, faults, random = world.kernel, world.faults, world.random
    if faults.hits("hot_lost"):
        kernel.at(random.random() * world.active_s, _lose, world)
    if faults.hits("hot_down"):
        begins_s = random.random() * world.active_s
        kernel.at(begins_s, _down, world)
        kernel.at(begins_s + random.random() * (world.active_s - begins_s), _up, world)
    kernel.run(world.active_s)
    faults.over = True
    _up(world)
    for process in processes:
        if process.life is not None:
            process.life.spare()
        process.start()


def _lose(world: World) -> None:
    world.hot.lose()
    world.witness.note("hot_state_lost")


def _down(world: World) -> None:
    world.hot.down = True
    world.witness.note("hot_state_down")


def _up(world: World) -> None:
    if world.hot.down:
        world.hot.down = False
        world.witness.note("hot_state_up")


def _calm_until(world: World) -> float:
    """Late messages land, pending charges settle, verification ends; sometimes holds expire."""
    rules = world.rules
    rest_s = rules.review_after.total_seconds() + 2 * rules.verify_most.total_seconds() + HOUR_S
    if world.random.random() < 0.3:
        rest_s = max(rest_s, 8 * DAY_S)
    if world.side.sweeps.begun:
        rest_s += DAY_S + 2 * HOUR_S
    return world.kernel.now + rest_s


@contextmanager
def _overheard(world: World) -> Iterator[None]:
    """What the product logs as a failure that nobody expected becomes an alarm."""
    listener = _Listener(world)
    loggers = [logging.getLogger(name) for name in ("application", "projections")]
    kept = [(one.level, one.propagate) for one in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
        logger.propagate = False
        logger.addHandler(listener)
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, kept, strict=True):
            logger.removeHandler(listener)
            logger.setLevel(level)
            logger.propagate = propagate


class _Listener(logging.Handler):
    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[1] if record.exc_info else None
        kinds = {one.__name__ for one in type(failure).__mro__} if failure else set()
        if record.msg == REMINDER and isinstance(record.args, tuple):
            self._world.witness.note("reminded", payment=record.args[0], since=str(record.args[1]))
        elif not kinds.intersection(EXPECTED):
            self._world.alarms.append(f"{record.getMessage()}: {failure!r}")
