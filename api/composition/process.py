"""Everything that a process of Interlock opens, whatever its role: stores, gateways, use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.event_store.attended import AttendedStore
from adapters.owners import Owners
from adapters.read_models.postgres.home import ReadModels
from adapters.surroundings import (
    AsyncioBehind,
    AsyncioPause,
    LocalTurns,
    RandomIds,
    SystemChance,
    SystemClock,
    SystemSecrets,
)
from api.composition.core import Ports, compose
from api.composition.installation import begun
from api.composition.stores import (
    open_event_store,
    open_gateways,
    open_hot_state,
    open_read_models,
)
from api.settings import Settings
from application.contents import Application
from application.installation.in_force import FormatInForce
from application.notices.signature import SigningSecret
from application.ports.event_store import EventStore
from application.ports.gateways import Gateways
from application.ports.hot_state import HotState
from application.ports.work_list import WorkList


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`attended`: the store of `ports`."""

    settings: Settings
    attended: AttendedStore
    ports: Ports
    read_models: ReadModels
    application: Application


def system_ports(
    *,
    store: EventStore,
    work: WorkList,
    gateways: Gateways,
    hot: HotState,
    in_force: FormatInForce,
    owner_is_dead: Callable[[str], bool] = lambda _: False,
) -> Ports:
    """The surroundings of a real process around these."""
    return Ports(
        store=store,
        work=work,
        gateways=gateways,
        hot=hot,
        clock=SystemClock(),
        ids=RandomIds(),
        chance=SystemChance(),
        pause=AsyncioPause(),
        turns=LocalTurns(),
        draws=SystemSecrets(),
        owner_is_dead=owner_is_dead,
        in_force=in_force,
        behind=AsyncioBehind(),
    )


@asynccontextmanager
async def open_process(settings: Settings, role: str) -> AsyncIterator[Opened]:
    """`role` begins the owner's name. Closes everything in reverse order."""
    owners = Owners(settings.owners_folder)
    async with (
        open_event_store(settings, settings.postgres_dsn) as opened_store,
        open_read_models(settings.postgres_dsn) as read_models,
        open_hot_state(settings) as hot,
        open_gateways(settings) as gateways,
    ):
        store = AttendedStore(opened_store)
        ports = system_ports(
            store=store,
            work=read_models.work_list,
            gateways=gateways,
            hot=hot,
            in_force=await begun(store),
            owner_is_dead=owners.is_dead,
        )
        application = compose(
            ports, owner=owners.claim(role), rules=settings.rules, secrets=_secrets(settings)
        )
        yield Opened(
            settings=settings,
            attended=store,
            ports=ports,
            read_models=read_models,
            application=application,
        )
    owners.close()


def _secrets(settings: Settings) -> dict[str, tuple[SigningSecret, ...]]:
    return {
        gateway: tuple(SigningSecret.read(one.get_secret_value()) for one in several)
        for gateway, several in settings.notice_secrets.items()
    }
