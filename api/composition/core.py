"""The use cases over whatever ports they are given. Opens no server, no file, no socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

from adapters.codec import MsgspecCodec
from application.installation.in_force import FormatInForce
from application.payments.asking import Asking
from application.payments.change import ChangePayments
from application.payments.charges import Charges
from application.payments.consequences import Consequences
from application.payments.create import CreatePayments
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps
from application.payments.idempotency import Idempotency
from application.payments.log import PaymentLog
from application.payments.reviving import Reviving
from application.payments.withdrawing import Withdrawing
from application.ports.event_store import EventStore
from application.ports.gateways import Gateways, UnknownGateway
from application.ports.hot_state import HotState
from application.ports.surroundings import Behind, Chance, Clock, Ids, Pause, Turns
from application.recovery.carry_on import CarryOn
from application.recovery.settle import Settling
from application.routing.router import PriorityRouter
from domain.payment.attempt import Hold
from domain.payment.events import Started
from domain.payment.rules import Rules

# Of a hold at a gateway that is not configured: with none, the work list would forget the payment.
LIFETIME_UNKNOWN_S: Final = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    store: EventStore
    gateways: Gateways
    hot: HotState
    clock: Clock
    ids: Ids
    chance: Chance
    pause: Pause
    turns: Turns
    behind: Behind
    in_force: FormatInForce = field(default_factory=FormatInForce)  # the newest, if nobody says


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Everything that can be asked of payments, by one owner."""

    desk: Desk
    creates: CreatePayments
    changes: ChangePayments
    carrying: CarryOn


def wire(
    ports: Ports,
    *,
    owner: str,
    rules: Rules,
    owner_is_dead: Callable[[str], bool] = lambda _: False,
) -> Core:
    """`owner` names this process anew at every start; nobody else ever has the same."""

    log = PaymentLog(
        store=ports.store,
        codec=_codec(),
        ids=ports.ids,
        chance=ports.chance,
        pause=ports.pause,
        turns=ports.turns,
        rules=rules,
        authorization_lifetime=partial(_lifetime, ports.gateways),
        can_look=partial(_can_look, ports.gateways),
        in_force=ports.in_force,
    )
    desk = Desk(
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
    asking, consequences = Asking(desk), Consequences(desk)
    follow_ups = FollowUps(desk, asking, consequences)
    charges = Charges(desk, asking, consequences, follow_ups)
    idempotency = Idempotency(desk)
    settling = Settling(desk, asking, consequences, follow_ups, owner_is_dead)
    withdrawing = Withdrawing(desk, asking, consequences)
    reviving = Reviving(desk, settling.send_for_client)
    return Core(
        desk=desk,
        creates=CreatePayments(desk, charges, idempotency, withdrawing, reviving),
        changes=ChangePayments(desk, follow_ups, idempotency, withdrawing),
        carrying=CarryOn(desk, consequences, follow_ups, settling, owner_is_dead),
    )


@cache
def _codec() -> MsgspecCodec:
    """One for all: it knows nothing but the shapes of events, and takes a while to make."""
    return MsgspecCodec()


def _lifetime(gateways: Gateways, hold: Hold) -> float | None:
    try:
        gateway = gateways.recorded(hold.gateway, hold.account, hold.endpoint)
    except UnknownGateway:
        return LIFETIME_UNKNOWN_S
    return gateway.capabilities.authorization_lifetime_s


def _can_look(gateways: Gateways, started: Started) -> bool:
    try:
        gateway = gateways.recorded(started.gateway, started.account, started.endpoint)
    except UnknownGateway:
        return True  # it may be back one day
    return gateway.capabilities.look_up
