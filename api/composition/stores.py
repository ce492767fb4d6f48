"""Opens the stores that the settings name: event log, read models, hot state, gateways.

Clients of stores that a mode does not use are not even imported: that is a quarter of the time
from the start of a process to its first answer.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from adapters.gateways.configuration import GatewaySettings, read_gateways
from adapters.gateways.examples import simulator_gateways
from adapters.gateways.http import HttpGateway
from adapters.gateways.instant import InstantGateway
from adapters.gateways.registry import ConfiguredGateways, OpenGateway
from adapters.hot_state.memory import MemoryHotState
from adapters.read_models.postgres.home import ReadModels, open_home
from api.composition.simulator import simulator_port, url_of
from api.settings import Settings, SettingsRefused
from application.ports.event_store import EventStore
from application.ports.hot_state import HotState

EMBEDDED_STORE_ID: Final = "embedded"
EVENTSTOREDB_STORE_ID: Final = "esdb"


def store_id(settings: Settings) -> str:
    """What position tokens name: positions of one kind of store mean nothing in the other."""
    return EMBEDDED_STORE_ID if settings.mode == "embedded" else EVENTSTOREDB_STORE_ID


@asynccontextmanager
async def open_event_store(settings: Settings, postgres_dsn: str) -> AsyncIterator[EventStore]:
    store: EventStore
    if settings.esdb is not None:
        from adapters.event_store.eventstoredb.store import EventStoreDBStore

        store = EventStoreDBStore(settings.esdb.get_secret_value())
    else:
        from adapters.event_store.postgres.store import EmbeddedEventStore

        store = await EmbeddedEventStore.connect(postgres_dsn)
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def open_read_models(postgres_dsn: str) -> AsyncIterator[ReadModels]:
    """Those of this program's version, whose tables are brought up to date first."""
    async with open_home(postgres_dsn) as read_models:
        yield read_models


@asynccontextmanager
async def open_hot_state(settings: Settings) -> AsyncIterator[HotState]:
    hot: HotState
    if settings.redis is not None:
        from adapters.hot_state.redis import RedisHotState

        hot = RedisHotState(settings.redis.get_secret_value())
    else:
        hot = MemoryHotState(time.monotonic)
    try:
        yield hot
    finally:
        await hot.aclose()


@asynccontextmanager
async def open_gateways(settings: Settings) -> AsyncIterator[ConfiguredGateways]:
    make: Callable[[GatewaySettings], OpenGateway] = (
        InstantGateway if settings.instant_gateway else HttpGateway
    )
    gateways = ConfiguredGateways(configured_gateways(settings), make=make)
    try:
        yield gateways
    finally:
        await gateways.aclose()


def configured_gateways(settings: Settings) -> list[GatewaySettings]:
    """From the file, or the simulator's six. Raises SettingsRefused."""
    if settings.gateways_file is None:
        return list(simulator_gateways(url_of(settings.host, simulator_port(settings))))
    try:
        return list(read_gateways(settings.gateways_file.read_bytes()))
    except (ValueError, OSError) as wrong:
        raise SettingsRefused(f"{settings.gateways_file}: {wrong} (docs/gateways.md)") from wrong
