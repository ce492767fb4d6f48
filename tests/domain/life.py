"""A payment so far, with the means to go on by the real decisions only: each append comes with all
that follows, and books.py checks it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.gateway import answers as g
from domain.payment import state as s
from domain.payment.attempt import Attempt
from domain.payment.decisions import closing
from domain.payment.decisions.answers import AnswerDoesNotFit, record_answer
from domain.payment.decisions.charge import Stop, finish
from domain.payment.decisions.due import open_attempts
from domain.payment.decisions.sender import Sender
from domain.payment.events import PaymentEvent
from domain.payment.evolve import evolve, fold
from domain.payment.rules import Rules
from tests.domain import facts as f
from tests.domain.books import Books
from tests.domain.story import digest
from tests.support.offers import offering

RULES: Final = Rules()
NOT_CHARGED: Final = Stop("not_charged", retryable=True)


class LifeSoFar:
    seen: ClassVar[Counter[type]] = Counter()  # facts and states, over all lives

    def __init__(self) -> None:
        super().__init__()
        self.payment: Any = s.New()
        self.events: list[PaymentEvent] = []
        self.books = Books()
        self.now_s = 0.0
        self.commands = 0
        self.refunds = True  # what the gateway declares
        self.alone = True  # nobody else moves money of it

    @property
    def now(self) -> datetime:
        return f.at(self.now_s)

    def sender(self, owner: str) -> Sender:
        return Sender(
            owner=owner, now=self.now, send_before=self.now + RULES.send_within, digest=digest
        )

    def open_attempt(self, place: int, *kinds: str) -> Attempt:
        attempts = open_attempts(self.payment.facts)
        attempts = [one for one in attempts if one.kind in kinds or not kinds]
        return attempts[place % len(attempts)]

    def settled(self) -> list[Attempt]:
        return [one for one in self.payment.facts.attempts.values() if not one.is_open]

    def append(
        self, facts: list[PaymentEvent], *, waiting: bool = False, final: bool = False
    ) -> None:
        """As application/payments/consequences.py: with all that follows, in one append."""
        if not facts and not isinstance(self.payment, s.Ready):
            return
        after = self._after(facts)
        if isinstance(after, s.Ready) and not waiting:
            facts = [*facts, *finish(after, NOT_CHARGED, now=self.now)]
        for hold in closing.owed(self._after(facts)):
            after = self._after(facts)
            if closing.needs_a_person(after.facts, hold, offering(refunds=self.refunds)):
                facts = [
                    *facts,
                    *closing.hand_over(after.facts, hold, reason=closing.NO_REFUNDS, now=self.now),
                ]
            else:
                facts = [*facts, closing.compensate(after, hold, self.sender("api-1"))]
        facts = [*facts, *closing.what_follows(self._after(facts), now=self.now)]
        for fact in facts:
            self.payment = evolve(self.payment, fact)
            self.seen.update([type(fact), type(self.payment)])
        self.events += facts
        self.books.append(facts, final=final)

    def _after(self, facts: list[PaymentEvent]) -> s.Known:
        after = fold(facts, self.payment)
        assert not isinstance(after, s.New)
        return after

    def answer(self, attempt: Attempt, answers: list[g.Answer], which: int, evidence: Any) -> None:
        answer, facts = answers[which % len(answers)], self.payment.facts
        try:
            new = record_answer(facts, attempt.key, answer, evidence=evidence, now=self.now)
        except AnswerDoesNotFit:
            return
        final = isinstance(answer, g.Declined) and answer.reference is not None
        self.append(new, waiting=evidence == "answer", final=final)
