"""One try of one operation, and the operation it belongs to, as the stream tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain.money import Money
from domain.payment.events import (
    AttemptDeclined,
    AttemptFailed,
    AttemptNotSent,
    AttemptStarted,
    AttemptSucceeded,
    CaptureTerms,
    CommandRef,
    FollowUpDeferred,
    LateSuccessObserved,
    OperationSucceeded,
    ResolveProposed,
    ReviewResolved,
    Started,
)

Kind: TypeAlias = Literal["charge", "capture", "void", "refund", "compensation"]
Verdict: TypeAlias = (
    AttemptSucceeded | AttemptDeclined | AttemptFailed | AttemptNotSent | OperationSucceeded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`unknown`: some send of this key has no known fate, or another process took over. From
    then on a refusal of one send proves nothing (`refusal_counts`)."""

    kind: Kind
    started: Started
    owner: str
    send_before: datetime  # of the newest send
    sends: int = 1  # that went out, as far as is known
    repeats: int = 0  # that were recorded, also those that were too late to go out
    unknown: bool = False
    silent: bool = False  # its owner said that nobody answered
    take_overs: int = 0
    taken_over_at: datetime | None = None  # the newest
    since: datetime  # when it was last touched by a fact
    pending: str | None = None  # the gateway's reference while it does not know itself
    looked_up: str | None = None  # the newest recorded answer of a look-up
    tellings: int = 0  # facts of what the gateway told that settled nothing
    review: str | None = None
    reviewed_at: datetime | None = None  # when a person was asked, for whatever reason
    handed_over: str | None = None  # why a person must give back the charge, which stands
    proposed: ResolveProposed | None = None  # by an operator, and a second one must say the same
    resolved: Mapping[str, ReviewResolved] = field(default_factory=dict)  # by why it was reviewed
    verdict: Verdict | None = None

    @property
    def key(self) -> UUID:
        return self.started.key

    @property
    def means(self) -> str:
        """What the gateway is asked for: charge | capture | void | refund."""
        return getattr(self.started, "means", self.kind)

    @property
    def taken_over(self) -> bool:
        return self.take_overs > 0

    @property
    def is_open(self) -> bool:
        return self.verdict is None

    @property
    def under_review(self) -> bool:
        return self.review is not None and self.review not in self.resolved

    @property
    def stands(self) -> bool:
        return isinstance(self.verdict, AttemptSucceeded | OperationSucceeded)

    @property
    def sent_on_record(self) -> bool:
        """Whoever sent it said so: that nobody answered, or that the gateway is still deciding.
        A try of which nothing was said may never have left its owner."""
        return self.silent or self.pending is not None

    @property
    def went_out(self) -> bool:
        """The only send, and something was learned of it: whoever finds it too late to send read
        the stream before."""
        return self.sends == 1 and self.sent_on_record

    def as_read(self, before: Attempt) -> bool:
        """Whether nobody sent it, took it over or took a send back since it was read."""
        now = (self.sends, self.repeats, self.take_overs)
        return now == (before.sends, before.repeats, before.take_overs)

    def refusal_counts(self, *, late: bool) -> bool:
        """Whether a definite no of one send settles the try: only when that send was the only
        one, its sender is still the owner, and the gateway never said that it has the request and
        will know later."""
        if self.sends > 1 or self.taken_over or self.pending is not None:
            return False
        return late or not self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A capture, void, refund or compensation. Open amounts count as done until it failed."""

    id: UUID
    kind: Kind
    amount: Money
    charge_key: UUID
    command: CommandRef | None
    means: str  # what the gateway is asked for: capture | void | refund
    reason: str | None
    last_key: UUID
    tries: int
    state: Literal["open", "succeeded", "failed"] = "open"
    code: str | None = None  # why it failed
    deferred: FollowUpDeferred | None = None  # why it goes on in the background
    reference: str | None = None
    reviewed_at: datetime | None = None  # when a person was asked about it
    again: int = 0  # minor units that other tries of it moved beside `amount`
    at: datetime

    @property
    def counts(self) -> bool:
        return self.state != "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A charge that stands at a gateway: what it really holds or took."""

    key: UUID
    gateway: str
    account: str
    endpoint: str
    reference: str
    amount: Money
    captured_at_once: bool
    captures: CaptureTerms | None = None  # None: not on record
    at: datetime


def standing(started: Started, event: AttemptSucceeded | LateSuccessObserved) -> Hold:
    """The charge as it stands at the gateway that was asked."""
    return Hold(
        key=event.key,
        gateway=started.gateway,
        account=started.account,
        endpoint=started.endpoint,
        reference=event.reference,
        amount=event.amount,
        captured_at_once=event.captured,
        captures=started.captures if isinstance(started, AttemptStarted) else None,
        at=event.at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that this stream has seen. `concluded`: the revision whose state is its answer."""

    ref: CommandRef
    first: int
    concluded: int | None = None
    refused: str | None = None
    detail: str = ""
