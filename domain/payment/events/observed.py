"""What happened at the gateway although nobody asked for it: true in every state.

Money moved under none of our keys, or a success was undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain.money import Money
from domain.payment.events.shapes import Evidence

Means: TypeAlias = Literal["capture", "void", "refund"]
# `answer`: what the gateway said to something else that it was asked for.
MovementSource: TypeAlias = Literal["notice", "look_up", "report", "answer", "operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignMovementObserved:
    """Money of this charge moved under none of our keys: by hand at the gateway, or by itself.
    `reference`: the gateway's, of the movement; of the charge where only its sums tell."""

    charge_key: UUID
    means: Means
    amount: Money
    reference: str
    source: MovementSource
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessReversed:
    """What the try under `key` had done was undone later, by so much."""

    key: UUID
    reference: str
    amount: Money
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureReversed(SuccessReversed):
    """Money that was taken, by a capture or by a charge at once, went back: it fell through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReversed(SuccessReversed):
    """Money that was given back came back: it did not reach the payer."""
