"""All projections by name: what a worker runs, and what a replay asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from projections.gateway_health import GatewayHealth
from projections.payment_status import PaymentStatus
from projections.payment_timeline import PaymentTimeline
from projections.ports import Codec, Log, Projector
from projections.recovery import Recovery

Make = Callable[[Log, Codec], Projector]

PROJECTIONS: Final[Mapping[str, Make]] = {
    PaymentStatus.name: lambda log, codec: PaymentStatus(log=log, codec=codec),
    PaymentTimeline.name: lambda log, codec: PaymentTimeline(log=log, codec=codec),
    GatewayHealth.name: lambda log, codec: GatewayHealth(log=log, codec=codec),
    Recovery.name: lambda log, codec: Recovery(),
}


class UnknownProjection(LookupError):
    """There is no projection of this name."""


def projector_named(name: str, *, log: Log, codec: Codec) -> Projector:
    """A new one, with nothing remembered. Raises UnknownProjection."""
    if name not in PROJECTIONS:
        raise UnknownProjection(f"no projection {name!r}; there are {', '.join(PROJECTIONS)}")
    return PROJECTIONS[name](log, codec)
