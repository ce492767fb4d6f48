"""What the HTTP routes need, from an opened process."""

from __future__ import annotations

import logging

from adapters.codec import notice_codec
from adapters.surroundings import LocalTurns, RandomIds, SystemClock
from api.composition.merchants import merchants_over
from api.composition.process import Opened
from api.composition.stores import store_id
from api.http.dependencies import EVENT_LOG, READ_MODELS, Services
from application.fact_log import FactLog
from application.merchants.authenticate import Authentication
from application.notices.receive import Notices, Received
from application.notices.signature import SigningSecret
from application.payments.log import UnknownPayment
from application.payments.looking import Looking

log = logging.getLogger(__name__)


def services_of(opened: Opened) -> Services:
    core, clock = opened.core, SystemClock()
    secrets = {
        gateway: (SigningSecret.read(secret.get_secret_value()),)
        for gateway, secret in opened.settings.notice_secrets.items()
    }

    async def hint(received: Received) -> bool:
        """A gateway says that it knows more: look it up there; the notice itself proves nothing."""
        if received.payment is None:
            return True
        try:
            return await core.carrying.look_now(
                received.payment, gateway=received.gateway, claimed=received.money_under
            )
        except UnknownPayment:
            log.info("a notice speaks of payment %s, which is not here", received.payment)
            return True

    async def log_answers() -> None:
        await opened.store.head()

    async def read_models_answer() -> None:
        await opened.read_models.queries.projections()

    return Services(
        creates=core.creates,
        changes=core.changes,
        looking=Looking(core.desk.log),
        authentication=Authentication(
            merchants_over(opened.store, opened.in_force), clock=clock, turns=LocalTurns()
        ),
        notices=Notices(
            FactLog(opened.store, notice_codec(), RandomIds(), opened.in_force),
            clock=clock,
            secrets=secrets,
        ),
        queries=opened.read_models.queries,
        waits=opened.read_models.waits,
        log=opened.store,
        gateways=opened.gateways,
        clock=clock,
        store_id=store_id(opened.settings),
        hint=hint,
        ready_checks={EVENT_LOG: log_answers, READ_MODELS: read_models_answer},
    )
