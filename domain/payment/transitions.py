"""The one table of what may happen in which state. `evolve` refuses everything else.

`scripts/diagram` draws it, tests check it: every state is reachable, no charge starts after a
terminal state, every event moves a state, is an observation, or is impossible.
"""

from __future__ import annotations

from typing import Final

from domain.payment import events as e
from domain.payment import state as s

Table = dict[tuple[type, type], frozenset[type]]

OPEN: Final = (s.InFlight, s.Unknown)
HOLDING: Final = (s.Authorized, s.Captured, s.Conflicted)
ENDED: Final = (s.Failed, s.Canceled, s.Expired)
KNOWN: Final = (s.Ready, *OPEN, *HOLDING, *ENDED)

# Facts about one send. When its key is a follow-up's they change that attempt in any state and
# never move the payment; when it is the charge's, the table says where they lead.
OF_ONE_SEND: Final = (
    e.AttemptRepeated, e.AttemptTakenOver, e.AttemptNotSent, e.AttemptPending, e.AttemptDeclined,
    e.AttemptFailed, e.OutcomeUnknown, e.LookUpAnswered, e.ReviewRequested,
)  # fmt: skip

# Observations: facts from outside that are true in every state. None moves it, but for a late
# capture, by us or by others: what was only held is taken then.
OBSERVATIONS: Final = (
    e.LateSuccessObserved, e.LateOperationObserved, e.CommandRefused, e.ForeignMovementObserved,
    e.CaptureReversed, e.RefundReversed, e.ResolveProposed, e.ReviewResolved, e.ResolveRefused,
)  # fmt: skip

# Giving back what nobody wants goes on whatever the payment has become.
COMPENSATIONS: Final = (e.CompensationStarted, e.CompensationSucceeded)


def _table() -> Table:
    table: Table = {}

    def allow(states: tuple[type, ...], event: type, *to: type) -> None:
        for state in states:
            table[state, event] = frozenset(to or (state,))

    allow((s.New,), e.PaymentInitiated, s.Ready)
    allow((s.Ready,), e.RouteDecided)
    allow((s.Ready,), e.AttemptStarted, s.InFlight)
    allow((s.Ready,), e.PaymentFailed, s.Failed)
    allow((s.Ready, *HOLDING), e.PaymentCanceled, s.Canceled)
    allow((s.Authorized,), e.PaymentExpired, s.Expired)
    allow((s.Ready, *OPEN, *HOLDING), e.CancelRequested)

    allow(OPEN, e.AttemptSucceeded, *HOLDING)
    allow(OPEN, e.AttemptDeclined, s.Ready)
    allow(OPEN, e.AttemptFailed, s.Ready)
    allow(OPEN, e.OutcomeUnknown, s.Unknown)
    allow(OPEN, e.AttemptTakenOver, s.Unknown)
    allow(OPEN, e.AttemptPending)
    allow(OPEN, e.LookUpAnswered)
    allow((s.Unknown,), e.AttemptRepeated)
    allow((s.InFlight,), e.AttemptNotSent, s.Ready)
    allow((s.Unknown,), e.AttemptNotSent, s.Ready, s.Unknown)
    allow((s.Authorized, s.Captured), e.CaptureStarted)
    allow((s.Authorized, s.Captured), e.CaptureSucceeded, s.Captured)
    allow((s.Authorized, s.Captured), e.CaptureFailed)
    allow(HOLDING, e.FollowUpDeferred)
    for of_void in (e.VoidStarted, e.VoidSucceeded, e.VoidFailed):
        allow(HOLDING, of_void)
    for of_refund in (e.RefundStarted, e.RefundSucceeded, e.RefundFailed):
        allow((s.Captured, s.Conflicted), of_refund)
    for anywhere in (*OBSERVATIONS, *COMPENSATIONS, e.ReviewRequested):
        allow(KNOWN, anywhere)
    for by_others in (e.LateOperationObserved, e.ForeignMovementObserved):
        allow((s.Authorized,), by_others, s.Authorized, s.Captured)
    return table


TRANSITIONS: Final = _table()
