"""What a signed notice claims, as far as it could be read. A claim settles only where it is
complete and nothing else can be asked (domain/payment/decisions/claiming.py)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """None: not said, or not legibly. `kind`: charge | capture | void | refund. `reference`: the
    gateway's of what it speaks of, `charge` its reference of the charge."""

    key: UUID | None
    kind: str | None
    status: str | None
    reference: str | None = None
    charge: str | None = None
    amount: Money | None = None
    account: str | None = None
