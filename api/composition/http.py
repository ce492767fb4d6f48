"""What the HTTP routes need, from an opened process."""

from __future__ import annotations

from api.composition.process import Opened
from api.composition.stores import store_id
from api.http.dependencies import EVENT_LOG, READ_MODELS, Services, services_over


def services_of(opened: Opened) -> Services:
    store, read_models = opened.ports.store, opened.read_models

    async def log_answers() -> None:
        await store.head()

    async def read_models_answer() -> None:
        await read_models.queries.projections()

    return services_over(
        opened.application,
        queries=read_models.queries,
        waits=read_models.waits,
        log=store,
        gateways=opened.ports.gateways,
        clock=opened.ports.clock,
        store_id=store_id(opened.settings),
        ready_checks={EVENT_LOG: log_answers, READ_MODELS: read_models_answer},
    )
