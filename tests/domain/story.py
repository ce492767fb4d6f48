"""given(facts).when(decision).then(facts): tests of decisions read as three sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from domain.payment.decisions.sender import FollowUp, Sender
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.rules import PaymentRejected
from domain.payment.state import Known, New
from tests.domain.facts import OWNER, at

Decision = Callable[[Any], PaymentEvent | Sequence[PaymentEvent]]


def sender(now_s: float = 10, owner: str = OWNER) -> Sender:
    return Sender(owner=owner, now=at(now_s), send_before=at(now_s + 2), digest=digest)


def digest(asked: FollowUp) -> str:
    return f"{asked.means} {asked.amount.amount} of {asked.hold.reference} under {asked.key}"


def payment_of(*events: PaymentEvent) -> Any:
    """The state after these facts; Any, for the test knows which one it is."""
    payment = fold(events)
    assert not isinstance(payment, New)
    return payment


@dataclass(frozen=True)
class When:
    payment: Known
    decision: Decision

    def _decided(self) -> list[PaymentEvent]:
        decided = self.decision(self.payment)
        return list(decided) if isinstance(decided, Sequence) else [decided]

    def then(self, *kinds: type) -> list[PaymentEvent]:
        """These kinds of facts, which the payment takes. Gives them, for a closer look."""
        facts = self._decided()
        assert [type(one) for one in facts] == list(kinds)
        fold(facts, self.payment)
        return facts

    def then_one(self, kind: type) -> Any:
        (fact,) = self.then(kind)
        return fact

    def then_nothing(self) -> None:
        assert self._decided() == []

    def then_rejected(self, refusal: type[PaymentRejected]) -> None:
        with pytest.raises(refusal) as caught:
            self._decided()
        assert type(caught.value) is refusal
        assert str(caught.value)


@dataclass(frozen=True)
class Given:
    payment: Known

    def when(self, decision: Decision) -> When:
        return When(self.payment, decision)


def given(*events: PaymentEvent) -> Given:
    return Given(payment_of(*events))
