"""Gateways as the application sees them. `tests/gateways/contract.py` is the definition.

An answer is returned; the two kinds of no-answer are raised, because they mean opposite things:
GatewayUnreachable says that nothing was sent, GatewaySilent that the money may have moved.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.gateway.answers import Answer, CancelAnswer, LookedUp
from domain.gateway.capabilities import Capabilities
from domain.money import Money
from domain.outside import words
from domain.payment.method import PaymentMethod


class NoAnswer(Exception):
    """Its reason may quote what came from outside, so it goes through the door for that: it ends
    up in facts.

    NoAnswer
    +-- GatewayUnreachable
    +-- GatewaySilent
    +-- TooLateToSend
    +-- NotOffered
    """

    def __init__(self, why: str = "") -> None:
        super().__init__(words(why))


class GatewayUnreachable(NoAnswer):
    """Refused before anything was sent (no connection): another gateway may be asked."""


class GatewaySilent(NoAnswer):
    """Sent, and no answer that can be read in time: the money may have moved."""


class TooLateToSend(NoAnswer):
    """`send_before` had passed just before writing to the socket: nothing was sent."""


class NotOffered(NoAnswer):
    """The gateway does not offer this (look-up, cancel by key): see its capabilities."""


class UnknownGateway(Exception):
    """No gateway of this name, account and endpoint is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    key: UUID
    payment: UUID
    amount: Money
    method: PaymentMethod
    capture: bool  # take the money at once, or only hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRequest:
    key: UUID
    kind: str  # capture | void | refund
    charge: str  # the gateway's reference of the charge
    amount: Money


GatewayRequest: TypeAlias = ChargeRequest | OperationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request as the bytes that will be sent. A repeat sends the same bytes: digest compared."""

    key: UUID
    kind: str  # charge | capture | void | refund
    path: str
    body: bytes
    digest: str  # SHA-256 of path and body, hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    # Both clocks are looked at just before writing to the socket: the one on the wall may be set
    # back, and the other may have stood still while the machine was suspended.
    send_before: float  # Clock.monotonic()
    not_after: datetime  # Clock.now(), as the stream names it to others
    answer_within_s: float  # from the call on
    late_answer_within_s: float = 30.0  # from the send on, read in the background


LateAnswer: TypeAlias = Callable[[Answer], Awaitable[None]]


class Gateway(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def capabilities(self) -> Capabilities: ...

    def prepare(self, request: GatewayRequest) -> Prepared:
        """Pure: the same request gives the same bytes, now and after a restart."""
        ...

    async def send(self, prepared: Prepared, *, timing: Timing, late: LateAnswer) -> Answer:
        """Sends once; never repeats by itself.

        Raises GatewayUnreachable, TooLateToSend, or GatewaySilent when no readable answer came in
        `answer_within_s`; then an answer that still comes within `late_answer_within_s` is given
        to `late`, from a task of the adapter's.
        """
        ...

    async def look_up(self, key: UUID, *, kind: str, timeout_s: float) -> LookedUp:
        """What the gateway knows under our key. Raises NotOffered, or GatewayUnreachable and
        GatewaySilent, which here both mean that nothing was learned."""
        ...

    async def cancel(self, key: UUID, *, timeout_s: float) -> CancelAnswer:
        """Blocks the key for ever unless a charge stands under it; answers what is true now.
        Raises NotOffered, GatewayUnreachable, GatewaySilent."""
        ...


class Gateways(Protocol):
    def names(self) -> Sequence[str]:
        """The enabled gateways, by priority."""
        ...

    def get(self, name: str) -> Gateway:
        """As configured now. Raises UnknownGateway."""
        ...

    def recorded(self, name: str, account: str, endpoint: str) -> Gateway:
        """The very account and endpoint that a stream recorded, also when `name` is configured
        otherwise by now. Raises UnknownGateway where its credentials are gone."""
        ...
