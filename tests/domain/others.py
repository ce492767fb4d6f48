"""What others may do to a payment of the state machine: by hand at the gateway, or the gateway by
itself, later."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.gateway import answers as g
from domain.payment.attempt import Attempt, Hold
from domain.payment.bookkeeping.observed import done_by
from domain.payment.decisions.observing import record_movement, record_undone
from domain.payment.kept import standing_charge
from tests.domain import facts as f
from tests.domain.moves import PLACES, move

MEANS = st.sampled_from(["capture", "void", "refund"])


def standing_charges(payment: Any) -> list[Hold]:
    found = (standing_charge(payment.facts, one.key) for one in payment.facts.charges)
    return [one for one in found if one is not None]


def any_stands(self: Any) -> bool:
    return not self.alone and bool(standing_charges(self.payment))


def tries_done(payment: Any) -> list[Attempt]:
    """That moved money which may go back; a void moved none."""
    facts = payment.facts
    of = (one for one in facts.attempts.values() if one.means != "void")
    return [one for one in of if done_by(facts, one) is not None]


def any_done(self: Any) -> bool:
    return not self.alone and bool(tries_done(self.payment))


@move(any_stands, weight=2, place=PLACES, means=MEANS, amount=st.sampled_from([1, 300, 1000]))
def others_move_money(self: Any, place: int, means: Any, amount: int) -> None:
    holds = standing_charges(self.payment)
    self.append(
        record_movement(
            self.payment.facts, holds[place % len(holds)], means, f.euro(amount),
            reference="ch", source="look_up", now=self.now,
        )
    )  # fmt: skip


@move(any_done, weight=2, place=PLACES, share=st.sampled_from([0.5, 1]))
def what_was_done_is_undone(self: Any, place: int, share: float) -> None:
    done = tries_done(self.payment)
    attempt = done[place % len(done)]
    undone = g.Undone("re", f.euro(int(attempt.started.amount.amount * share)))
    self.append(
        record_undone(self.payment.facts, attempt, undone, evidence="look_up", now=self.now)
    )


BY_OTHERS = (others_move_money, what_was_done_is_undone)
