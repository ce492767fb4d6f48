"""What the routes need, made by composition and by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from prometheus_client import CollectorRegistry

from api.health.checks import Checks
from application.contents import Application
from application.merchants.authenticate import Authentication
from application.notices.receive import Notices, Received
from application.payments.change import ChangePayments
from application.payments.create import CreatePayments
from application.payments.looking import Looking
from application.payments.resolve import ResolvePayments
from application.ports.gateways import Gateways
from application.ports.surroundings import Clock
from projections.failures import Interrupted
from projections.ports import Log
from projections.queries import Queries, Waits

# A payment is worth a look; False where its gateway could not be heard. Of what names none: True.
Hint: TypeAlias = Callable[[Received], Coroutine[Any, Any, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`store_id` names the event store: positions of another one mean nothing here.

    `log` is that store as projections read it; `checks` say whether the process is ready.
    """

    creates: CreatePayments
    changes: ChangePayments
    resolves: ResolvePayments
    looking: Looking
    authentication: Authentication
    notices: Notices
    queries: Queries
    waits: Waits
    log: Log
    gateways: Gateways
    clock: Clock
    store_id: str
    hint: Hint
    checks: Checks
    metrics: CollectorRegistry


def services_over(
    application: Application,
    *,
    queries: Queries,
    waits: Waits,
    log: Log,
    gateways: Gateways,
    clock: Clock,
    store_id: str,
    checks: Checks,
    metrics: CollectorRegistry,
) -> Services:
    """Of the application, what may be asked over HTTP; beside it, what only reads."""

    async def shown(merchant: str | None, payment: UUID) -> bool:
        try:
            return await queries.payment(merchant, payment) is not None
        except Interrupted:
            return False

    return Services(
        creates=application.creates,
        changes=application.changes,
        resolves=application.resolves,
        looking=application.looking.beside(shown),
        authentication=application.authentication,
        notices=application.notices,
        hint=application.hints.follow,
        queries=queries,
        waits=waits,
        log=log,
        gateways=gateways,
        clock=clock,
        store_id=store_id,
        checks=checks,
        metrics=metrics,
    )
