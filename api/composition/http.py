"""What the HTTP routes need, from an opened process."""

from __future__ import annotations

from api.composition.process import Opened
from api.composition.stores import store_id
from api.health.listener import Health
from api.http.dependencies import Services, services_over


def services_of(opened: Opened, health: Health) -> Services:
    store, read_models = opened.ports.store, opened.read_models
    return services_over(
        opened.application,
        queries=read_models.queries,
        waits=read_models.waits,
        log=store,
        gateways=opened.ports.gateways,
        clock=opened.ports.clock,
        store_id=store_id(opened.settings),
        checks=health.checks,
        metrics=health.registry,
    )
