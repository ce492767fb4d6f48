"""What a history is made of, as typed records. Only shapes: nothing is judged here.

Ids and keys are kept as lower-case hexadecimal digits without dashes or prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def plain_id(text: str) -> str:
    """`pay_<hex>`, `re_<hex>` or a UUID, all as the same 32 digits."""
    return text.rpartition("_")[2].replace("-", "").lower()


@dataclass(slots=True)
class Event:
    """One log entry. `data` and `meta` are the parsed bodies, `raw` the two texts as stored."""

    position: int
    stream: str
    revision: int
    id: str
    type: str
    data: dict[str, Any]
    meta: dict[str, Any]
    raw: tuple[str, str]
    at: float


@dataclass(slots=True)
class Send:
    """One request on the wire. `copy_of`: the network made it, not the system."""

    request: int
    owner: str
    process: str
    owner_clock: float  # seconds since the epoch of the history
    gateway: str
    account: str
    endpoint: str
    kind: str
    key: str
    payload: str
    copy_of: int | None
    at: float


@dataclass(slots=True)
class Booking:
    request: int | None
    gateway: str
    key: str
    kind: str
    charge: str | None
    result: str
    amount: int  # 0 where nothing stands
    currency: str | None
    first: bool
    at: float


@dataclass(slots=True)
class Reply:
    """What the gateway answered, and whether it came to the process that asked."""

    status: int
    arrives: bool
    at: float
    text: str = ""


@dataclass(slots=True)
class Call:
    """One request of a client, and what it saw of it. `status` None: no answer was seen."""

    call: int
    merchant: str
    verb: str
    payment: str | None
    key: str | None
    body: dict[str, Any] | None
    process: str
    asked_at: float
    status: int | None = None
    text: str = ""
    view: dict[str, Any] = field(default_factory=dict)  # the body, parsed; {} for none
    replayed: bool = False
    position: int | None = None
    ended_at: float = float("inf")  # answered or lost
    interim: bool = False  # given while the command was still being carried out

    @property
    def tells(self) -> bool:
        """Was anything said about the command itself?"""
        silent = (400, 401, 403, 404, 429)
        return self.status is not None and self.status < 500 and self.status not in silent

    @property
    def is_the_keys(self) -> bool:
        """Is this the key's answer, which every repeat must get again?"""
        if self.interim or not self.tells:
            return False
        if self.status != 409:
            return True
        return self.view.get("retryable") is not True and self.view.get("code") != "in_progress"


SENDS = ("started", "repeated")  # the records that allow one send each


@dataclass(slots=True)
class Record:
    """One line of the stream about the sends of a key: `what` is started, repeated, taken_over
    or not_sent. `written` is the writer's own clock, seconds since the epoch of the history."""

    at: float
    what: str
    owner: str | None
    send_before: float | None
    written: float


@dataclass(slots=True)
class Attempt:
    """One try of one operation, as its stream tells of it."""

    key: str
    payment: str
    kind: str  # charge | capture | void | refund: what the gateway is asked
    operation: str
    number: int
    gateway: str
    account: str
    endpoint: str
    amount: int
    currency: str
    records: list[Record]
    verdict: str | None = None  # succeeded | declined | failed | not_sent
    settled_at: float = float("inf")
    taken: int = 0  # what success said was charged, captured, voided or refunded
    captured: bool = False
    unknown: bool = False
    unknown_since: float = float("inf")
    told_sent_at: float = float("inf")  # its sender said what became of a send: silence, or pending
    review: bool = False
    handed_over: bool = False  # a person was asked to give the charge back
    done_late: bool = False  # found done after it was settled as not done, or beside another
    late: bool = False  # a late success was observed
    captures: dict[str, Any] | None = None  # terms on record: several, remainder


@dataclass(slots=True)
class Operation:
    id: str
    kind: str  # capture | void | refund
    compensation: bool
    amount: int
    charge_key: str
    command: str | None
    keys: list[str]
    state: str = "open"  # open | succeeded | failed
    again: int = 0  # what other tries of it moved beside the one that did it


@dataclass(slots=True)
class Hold:
    """Money that a charge holds or took, as the stream tells."""

    key: str
    amount: int
    currency: str
    captured: int  # taken at once
