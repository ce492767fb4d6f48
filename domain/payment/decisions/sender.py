"""Who sends, and the keys under which it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from domain.canonical import derived_id
from domain.money import Money
from domain.payment.attempt import Hold
from domain.payment.events import CaptureTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What a gateway would be asked to do to a charge that stands."""

    hold: Hold
    means: str  # capture | void | refund
    key: UUID
    amount: Money


Digest: TypeAlias = Callable[[FollowUp], str]  # of the bytes that would be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The process that is about to send, and until when it may."""

    owner: str
    now: datetime
    send_before: datetime
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The gateway that is to be asked, as configured now. `captures` None: the installation's
    format knows no such terms yet."""

    gateway: str
    account: str
    endpoint: str
    captures: CaptureTerms | None = None


def charge_operation(payment: UUID) -> UUID:
    return derived_id(str(payment), "charge")


def compensation_operation(payment: UUID, charge_key: UUID, number: int = 1) -> UUID:
    """`number`: a charge of which a part was taken by others is given back in more than one."""
    more = () if number == 1 else (number,)
    return derived_id(str(payment), "compensation", str(charge_key), *more)


def attempt_key(payment: UUID, operation: UUID, number: int) -> UUID:
    """The gateway's idempotency key: never from the payload or the clock."""
    return derived_id(str(payment), str(operation), number)
