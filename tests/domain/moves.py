"""What may happen to a payment of the state machine: a move, when it is possible, and what is drawn
for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from domain.gateway import answers as g
from domain.money import Money
from domain.payment import events as e
from domain.payment import state as s
from domain.payment.decisions import closing, due
from domain.payment.holding import capturable, releasable
from tests.domain import facts as f

LIFETIME_S: Final = 600.0  # of what is held
ENDED: Final = (s.Failed, s.Canceled, s.Expired)

BEGINNINGS = st.sampled_from(
    ["asked", "asked", "silent", "silent", "charged", "charged", "taken for less"]
)
TERMS: Final = st.sampled_from(
    [
        None,
        e.CaptureTerms(several=True, remainder="kept"),
        e.CaptureTerms(several=False, remainder="kept"),
        e.CaptureTerms(several=False, remainder="released"),
    ]
)
OWNERS = st.sampled_from(["api-1", "worker-2"])
OF_A_SEND = st.sampled_from(["answer", "answer", "late_answer", "repeat", "look_up"])
AFTERWARDS = st.sampled_from(["late_answer", "look_up"])
AMOUNTS = st.one_of(st.none(), st.sampled_from([1, 300, 400, 700, 1000]))
PLACES = st.integers(0, 20)
SELDOM_NOT = st.sampled_from([True, True, False])
OFFERS: Final = st.tuples(SELDOM_NOT, SELDOM_NOT, TERMS)  # refunds, nobody else, captures
NOES: Final[list[g.Answer]] = [
    g.Pending("ch"), g.Declined(code="no", advice="try_again_later"),
    g.Declined(code="no", reference="ch"), g.NotProcessed(code="busy"),
    g.NotProcessed(code="never", transient=False),
]  # fmt: skip
SUCCESSES: Final[list[g.Answer]] = [
    g.Captured("ch", f.TEN), g.Authorized("ch", f.TEN), g.Captured("ch", f.euro(900)),
]  # fmt: skip


@dataclass(frozen=True)
class Move:
    """Something that may happen to a payment, `when` it may, and what is drawn for it."""

    when: Callable[[Any], bool]
    act: Callable[..., None]
    draws: dict[str, st.SearchStrategy[Any]]
    weight: int  # how likely beside the others

    def __repr__(self) -> str:
        return self.act.__name__


MOVES: Final[list[Move]] = []
Act = TypeVar("Act", bound=Callable[..., None])


def move(
    when: Callable[[Any], bool], *, weight: int = 4, **draws: st.SearchStrategy[Any]
) -> Callable[[Act], Act]:
    def note(act: Act) -> Act:
        MOVES.append(Move(when, act, draws, weight))
        return act

    return note


def is_open(of_charge: bool) -> Any:
    """Precondition: such a try is open."""
    return lambda self: any(
        (one.kind == "charge") is of_charge for one in due.open_attempts(self.payment.facts)
    )


def any_open(self: Any) -> bool:
    return bool(due.open_attempts(self.payment.facts))


def any_unknown(self: Any) -> bool:
    return any(one.unknown for one in due.open_attempts(self.payment.facts))


def charge_unknown(self: Any) -> bool:
    return isinstance(self.payment, s.Unknown)


def left(payment: Any, of: Callable[[Any], Money], *states: type) -> bool:
    return isinstance(payment, states) and not of(payment).is_zero


def may_be_captured(self: Any) -> bool:
    return left(self.payment, capturable, s.Authorized, s.Captured)


def may_be_refunded(self: Any) -> bool:
    return left(self.payment, s.refundable, s.Captured, s.Conflicted)


def may_expire(self: Any) -> bool:
    return closing.expires_at(self.payment, LIFETIME_S) is not None


def may_be_canceled(payment: Any) -> bool:
    if isinstance(payment, s.Authorized | s.Captured | s.Conflicted):
        return left(payment, releasable, object)
    return not isinstance(payment, ENDED) and payment.facts.cancel is None
