"""Operators who end reviews, in the words of a test."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from application.payments.answers import Answer
from application.payments.commands import Envelope, ResolveReview
from domain.api_versions import V2026_12_01
from tests.payments.remote import LOST
from tests.payments.world import Process, World

REVIEW_S: Final = 73 * 3600.0
MUCH: Final = 10_001  # more than one operator may decide on alone


async def resolve(
    world: World,
    payment: UUID,
    outcome: Any,
    *,
    operator: str = "anna",
    key: str = "o1",
    by: Process | None = None,
    **said: Any,
) -> Answer:
    """As POST /v1/payments/{payment}/resolve does."""
    path = f"/v1/payments/{payment}/resolve"
    envelope = Envelope(
        merchant=f"operator:{operator}",
        operator=operator,
        path=path,
        key=key,
        fingerprint=f"{path} {outcome} {sorted(said.items())}",
        api_version=V2026_12_01,
    )
    more: dict[str, Any] = {"attempt": None, "reason": "seen there", "evidence": "ticket 7", **said}
    command = ResolveReview(
        envelope=envelope, payment=payment, operator=operator, outcome=outcome, **more
    )
    return await (by or world.api).core.resolves.resolve(command)


async def under_review(world: World, *, amount: int = 1000, manual: bool = False) -> UUID:
    """A charge of which nobody hears for three days."""
    world.given(alpha=[LOST])
    world.alpha.can(key_lifetime_s=0.0)
    asked = await world.create(amount=amount, manual=manual)
    await world.recover(for_s=REVIEW_S)
    view = await world.view(asked.payment)
    assert (view["status"], view["needs_review"]) == ("pending_verification", True)
    return asked.payment


async def unknown_refund(world: World, amount: int = 400) -> UUID:
    """A refund of which nobody hears for three days, of a payment of 1000."""
    paid = await world.create()
    world.given(alpha=[LOST])
    world.alpha.can(key_lifetime_s=0.0)
    await world.refund(paid.payment, amount)
    await world.recover(for_s=REVIEW_S)
    assert (await world.view(paid.payment))["needs_review"]
    return paid.payment
