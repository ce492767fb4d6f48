"""The use cases over whatever ports they are given. Opens no server, no file, no socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from adapters.codec import (
    EventCodec,
    MsgspecCodec,
    merchant_codec,
    notice_codec,
    operator_codec,
)
from application.contents import Application
from application.fact_log import FactLog
from application.installation.in_force import FormatInForce
from application.merchants.authenticate import Authentication
from application.merchants.register import Merchants
from application.notices.hints import Hints
from application.notices.receive import Notices
from application.notices.signature import SigningSecret
from application.operators.register import Operators
from application.payments.asking import Asking
from application.payments.change import ChangePayments
from application.payments.charges import Charges
from application.payments.consequences import Consequences
from application.payments.create import CreatePayments
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps
from application.payments.idempotency import Idempotency
from application.payments.log import PaymentLog
from application.payments.looking import Looking
from application.payments.offers import Offers
from application.payments.resolve import ResolvePayments
from application.payments.reviving import Reviving
from application.payments.withdrawing import Withdrawing
from application.ports.event_store import EventStore
from application.ports.gateways import Gateways
from application.ports.hot_state import HotState
from application.ports.surroundings import Behind, Chance, Clock, Ids, Pause, Secrets, Turns
from application.ports.work_list import WorkList
from application.recovery.carry_on import CarryOn
from application.recovery.settle import Settling
from application.recovery.worker import RecoveryWorker
from application.routing.router import PriorityRouter
from domain.merchant.events import MerchantEvent
from domain.notice.events import NoticeEvent
from domain.operator.events import OperatorEvent
from domain.payment.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`draws` makes the secrets of API keys. `owner_is_dead` says so only of whom it is certain."""

    store: EventStore
    work: WorkList
    gateways: Gateways
    hot: HotState
    clock: Clock
    ids: Ids
    chance: Chance
    pause: Pause
    turns: Turns
    behind: Behind
    draws: Secrets
    owner_is_dead: Callable[[str], bool] = lambda _: False
    in_force: FormatInForce = field(default_factory=FormatInForce)  # the newest, if nobody says


def compose(
    ports: Ports,
    *,
    owner: str,
    rules: Rules,
    secrets: Mapping[str, Sequence[SigningSecret]],
) -> Application:
    """`owner` names this process anew at every start; nobody else ever has the same. `secrets`: of
    the gateways whose notices are taken, by name."""
    desk = _desk(ports, owner, rules)
    asking, consequences = Asking(desk), Consequences(desk)
    follow_ups = FollowUps(desk, asking, consequences)
    charges = Charges(desk, asking, consequences, follow_ups)
    idempotency = Idempotency(desk)
    settling = Settling(desk, asking, consequences, follow_ups, ports.owner_is_dead)
    withdrawing = Withdrawing(desk, asking, consequences)
    reviving = Reviving(desk, settling.send_for_client)
    carrying = CarryOn(desk, consequences, follow_ups, settling, ports.owner_is_dead)
    merchants = merchants_of(
        ports.store, ports.in_force, clock=ports.clock, ids=ports.ids, draws=ports.draws
    )
    operators = operators_of(
        ports.store, ports.in_force, clock=ports.clock, ids=ports.ids, draws=ports.draws
    )
    noted = FactLog(ports.store, _notice_codec(), ports.ids, ports.in_force)
    return Application(
        desk=desk,
        creates=CreatePayments(desk, charges, idempotency, withdrawing, reviving),
        changes=ChangePayments(desk, follow_ups, idempotency, withdrawing),
        resolves=ResolvePayments(desk, consequences, follow_ups, idempotency, withdrawing),
        looking=Looking(desk.log),
        carrying=carrying,
        recovery=RecoveryWorker(desk, ports.work, carrying, ports.owner_is_dead),
        notices=Notices(noted, clock=ports.clock, secrets=secrets),
        hints=Hints(carrying),
        merchants=merchants,
        operators=operators,
        authentication=Authentication(merchants, operators, clock=ports.clock, turns=ports.turns),
    )


def merchants_of(
    store: EventStore, in_force: FormatInForce, *, clock: Clock, ids: Ids, draws: Secrets
) -> Merchants:
    """Also for who needs nothing else."""
    log = FactLog(store, _merchant_codec(), ids, in_force)
    return Merchants(log, clock=clock, ids=ids, secrets=draws)


def operators_of(
    store: EventStore, in_force: FormatInForce, *, clock: Clock, ids: Ids, draws: Secrets
) -> Operators:
    """Also for who needs nothing else."""
    log = FactLog(store, _operator_codec(), ids, in_force)
    return Operators(log, clock=clock, ids=ids, secrets=draws)


def _desk(ports: Ports, owner: str, rules: Rules) -> Desk:
    log = PaymentLog(
        store=ports.store,
        codec=_payment_codec(),
        ids=ports.ids,
        chance=ports.chance,
        pause=ports.pause,
        turns=ports.turns,
        rules=rules,
        offers=Offers(ports.gateways),
        in_force=ports.in_force,
    )
    return Desk(
        log=log,
        gateways=ports.gateways,
        router=PriorityRouter(ports.gateways, ports.hot),
        hot=ports.hot,
        clock=ports.clock,
        chance=ports.chance,
        pause=ports.pause,
        behind=ports.behind,
        rules=rules,
        owner=owner,
    )


# One of each for all: they know nothing but the shapes of events, and take a while to make.
@cache
def _payment_codec() -> MsgspecCodec:
    return MsgspecCodec()


@cache
def _merchant_codec() -> EventCodec[MerchantEvent]:
    return merchant_codec()


@cache
def _operator_codec() -> EventCodec[OperatorEvent]:
    return operator_codec()


@cache
def _notice_codec() -> EventCodec[NoticeEvent]:
    return notice_codec()
