"""What operators do in the state machine: they say what became of what is under review, rightly or
wrongly, and are never a reason to charge anybody."""

from __future__ import annotations

from typing import Any, Final, get_args

from hypothesis import strategies as st

from domain.payment import events as e
from domain.payment.decisions.resolve import first_of_two, needs_another, rule
from domain.payment.reviews import ResolveRejected, open_reviews
from domain.payment.rules import Rules
from tests.domain import facts as f
from tests.domain.moves import PLACES, move

ALONE: Final = Rules(resolved_alone_most={"EUR": 500})
OUTCOMES: Final = st.sampled_from(get_args(e.ReviewOutcome))
OPERATORS: Final = st.sampled_from(["anna", "zoe"])
SHARES: Final = st.sampled_from([1, 1, 1, 0.5, 1.5])


@move(
    lambda self: bool(open_reviews(self.payment)),
    weight=5,
    place=PLACES,
    outcome=OUTCOMES,
    operator=OPERATORS,
    share=SHARES,
)
def resolve(self: Any, place: int, outcome: Any, operator: str, share: float) -> None:
    reviews = open_reviews(self.payment)
    key = reviews[place % len(reviews)].key
    attempt, before = self.payment.facts.attempts[key], self.payment
    amount = f.euro(int(attempt.started.amount.amount * share))
    word = f.word(outcome, operator=operator, amount=amount)
    self.commands += 1
    more: dict[str, Any] = {"command": f.ref("resolve", self.commands), "word": word, "key": key}
    try:
        ruling = rule(self.payment, key, word, None, now=self.now)
    except ResolveRejected as no:
        self.append([e.ResolveRefused(code=no.code, detail=str(no), at=self.now, **more)])
        assert open_reviews(self.payment) == open_reviews(before)
        return
    reason = ruling.review.reason
    if needs_another(attempt, ruling, word, ALONE):
        self.append([e.ResolveProposed(review=reason, at=self.now, **more)])
        assert open_reviews(self.payment) == open_reviews(before)
        return
    first = first_of_two(attempt, ruling, word, ALONE)
    assert first != operator, "two operators are two"
    over = e.ReviewResolved(review=reason, first=first, confirmed=False, at=self.now, **more)
    self.append([*ruling.facts, over])
    assert ruling.review not in open_reviews(self.payment), "the review goes on"
    assert len(self.payment.facts.charges) == len(before.facts.charges), "it began a charge"
