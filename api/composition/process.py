"""Everything that a process of Interlock opens, whatever its role: stores, gateways, use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.gateways.registry import ConfiguredGateways
from adapters.owners import Owners
from adapters.read_models.postgres.home import ReadModels
from adapters.surroundings import (
    AsyncioBehind,
    AsyncioPause,
    LocalTurns,
    RandomIds,
    SystemChance,
    SystemClock,
)
from api.composition.core import Core, Ports, wire
from api.composition.installation import begun
from api.composition.stores import (
    open_event_store,
    open_gateways,
    open_hot_state,
    open_read_models,
)
from api.settings import Settings
from application.installation.in_force import FormatInForce
from application.ports.event_store import EventStore
from application.ports.gateways import Gateways
from application.ports.hot_state import HotState


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    settings: Settings
    store: EventStore
    read_models: ReadModels
    hot: HotState
    gateways: ConfiguredGateways
    owners: Owners
    in_force: FormatInForce
    core: Core


def system_ports(
    store: EventStore, gateways: Gateways, hot: HotState, in_force: FormatInForce
) -> Ports:
    """The surroundings of a real process around these four."""
    return Ports(
        store=store,
        gateways=gateways,
        hot=hot,
        clock=SystemClock(),
        ids=RandomIds(),
        chance=SystemChance(),
        pause=AsyncioPause(),
        turns=LocalTurns(),
        in_force=in_force,
        behind=AsyncioBehind(),
    )


@asynccontextmanager
async def open_process(settings: Settings, role: str) -> AsyncIterator[Opened]:
    """`role` begins the owner's name. Closes everything in reverse order. Raises FormatTooHigh
    where the log is of a newer version's."""
    owners = Owners(settings.owners_folder)
    async with (
        open_event_store(settings, settings.postgres_dsn) as store,
        open_read_models(settings.postgres_dsn) as read_models,
        open_hot_state(settings) as hot,
        open_gateways(settings) as gateways,
    ):
        in_force = await begun(store)
        core = wire(
            system_ports(store, gateways, hot, in_force),
            owner=owners.claim(role),
            rules=settings.rules,
            owner_is_dead=owners.is_dead,
        )
        yield Opened(
            settings=settings,
            store=store,
            read_models=read_models,
            hot=hot,
            gateways=gateways,
            owners=owners,
            in_force=in_force,
            core=core,
        )
    owners.close()
