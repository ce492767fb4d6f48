"""What a gateway's books are made of: requests as they arrive, and entries under a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived. `sent_at`: true time; it may take effect until that plus the lateness."""

    number: int
    kind: str  # charge | capture | void | refund | look_up | cancel
    key: str
    path: str
    body: dict[str, Any]
    text: str
    sent_at: float
    is_copy: bool = False


Reply: TypeAlias = tuple[int, dict[str, Any], str | None]  # status, body, Retry-After
Answer: TypeAlias = Callable[[Reply], None]


@dataclass(slots=True, kw_only=True)
class Entry:
    """A charge or an operation under a key. `status` None: being processed."""

    request: Request
    kind: str
    since: float
    reference: str = ""
    status: str | None = None
    amount: int = 0
    currency: str = ""
    code: str | None = None
    charge: Entry | None = None  # of an operation
    captured: int = 0
    voided: int = 0
    refunded: int = 0
    lapsed: bool = False

    @property
    def room(self) -> int:
        return self.amount - self.captured - self.voided

    def move(self, sign: int) -> None:
        """What an operation takes from its charge, or with -1 gives back to it."""
        if self.charge is None:
            return
        if self.kind == "capture":
            self.charge.captured += sign * self.amount
        elif self.kind == "void":
            self.charge.voided += sign * self.amount
        else:
            self.charge.refunded += sign * self.amount

    def shown(self) -> dict[str, Any]:
        """As the protocol shows it."""
        shown = {
            "id": self.reference,
            "key": self.request.key,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "code": self.code,
        }
        if self.charge is not None:
            shown |= {"charge_id": self.charge.reference, "type": self.kind}
        return shown


def why_not(request: Request, charge: Entry | None, *, several: bool) -> str | None:
    """Why an operation is refused, None when it fits. `several`: a hold is captured in parts."""
    if charge is None:
        return "no_such_charge"
    if charge.status not in ("captured", "authorized"):
        return f"charge_{charge.status}"
    if charge.lapsed and request.kind != "refund":
        return "authorization_expired"
    if request.kind == "capture" and charge.captured and not several:
        return "captured_before"
    return None


def overdraws(request: Request, charge: Entry) -> bool:
    """Whether more is asked for than there is."""
    room = charge.captured - charge.refunded if request.kind == "refund" else charge.room
    return bool(room <= 0 or request.body["amount"] > room)


def error(code: str, charged: bool | str) -> dict[str, Any]:
    return {"code": code, "message": "", "charged": charged}


def as_text(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))
