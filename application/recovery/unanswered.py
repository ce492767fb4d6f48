"""What is open at a gateway, account and endpoint that no configured entry answers for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

from application.ports.gateways import Gateways, UnknownGateway
from application.ports.work_list import WorkList
from domain.payment.places import Place, open_at
from domain.payment.state import Known

LOOKED_AT_MAX: Final = 10_000  # payments, those first that are due first
EVER: Final = datetime.max.replace(tzinfo=UTC)
PREFIX: Final = "payment-"

Load: TypeAlias = Callable[[UUID], Awaitable[Known]]


async def unanswered(
    work: WorkList, load: Load, gateways: Gateways, *, most: int = LOOKED_AT_MAX
) -> dict[Place, list[UUID]]:
    """The payments by the place where they are open. Raises as `work` and `load` do."""
    found: dict[Place, list[UUID]] = {}
    for due in await work.due(EVER, most):
        payment = UUID(due.stream.removeprefix(PREFIX))
        for place in sorted(open_at(await load(payment))):
            if not _is_answered(gateways, place):
                found.setdefault(place, []).append(payment)
    return found


def _is_answered(gateways: Gateways, place: Place) -> bool:
    try:
        gateways.recorded(*place)
    except UnknownGateway:
        return False
    return True
