"""Random lives of a payment: whatever comes, in whatever order, the promises are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from domain.gateway import answers as g
from domain.money import Money
from domain.payment import events as e
from domain.payment import state as s
from domain.payment.decisions import closing, deferring, due, follow_up
from domain.payment.decisions import settle as to_settle
from domain.payment.decisions.answers import record_not_sent, record_silence
from domain.payment.decisions.charge import Ask, Stop, finish, next_step, start_charge
from domain.payment.decisions.operations import try_again
from domain.payment.decisions.sender import Sender, Target
from domain.payment.decisions.verifying import record_canceled_by_key, record_looked_up
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.rules import NoMoreTries, PaymentRejected
from domain.payment.transitions import KNOWN
from domain.payment.versions import TYPES
from domain.payment.view import payment_view
from tests.domain import facts as f
from tests.domain.life import RULES, LifeSoFar
from tests.domain.moves import (
    AFTERWARDS,
    AMOUNTS,
    BEGINNINGS,
    LIFETIME_S,
    MOVES,
    NOES,
    OF_A_SEND,
    OFFERS,
    OWNERS,
    PLACES,
    SUCCESSES,
    any_open,
    any_unknown,
    charge_unknown,
    is_open,
    may_be_canceled,
    may_be_captured,
    may_be_refunded,
    may_expire,
    move,
)
from tests.domain.moves_of_operators import resolve as resolved_by_an_operator
from tests.domain.others import BY_OTHERS
from tests.domain.test_transitions import WORDS
from tests.support.offers import offering

Decide: TypeAlias = Callable[[e.CommandRef, Sender], list[PaymentEvent]]
TOO_MUCH: Final = 5_000  # more than ever moves
ABLE: Final = offering(absence_final=True, cancel_by_key=True)


def _euro(amount: int | None) -> Money | None:
    return None if amount is None else f.euro(amount)


class Life(LifeSoFar, RuleBasedStateMachine):
    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One of all that may happen now."""
        possible = [one for one in MOVES for _ in range(one.weight) if one.when(self)]
        chosen = data.draw(st.sampled_from(possible), label="move")
        drawn = {name: data.draw(one, label=name) for name, one in chosen.draws.items()}
        chosen.act(self, **drawn)

    @initialize(manual=st.booleans(), first=BEGINNINGS, offers=OFFERS)
    def create(self, manual: bool, first: str, offers: Any) -> None:
        self.refunds, self.alone, self.captures = offers
        method = "manual" if manual else "automatic"
        self.append([f.initiated(capture_method=method), f.routed()], waiting=True)
        self.ask_next("api-1")
        if first == "charged":
            said = g.Authorized("ch", f.TEN) if manual else g.Captured("ch", f.TEN)
            self.answer(self.open_attempt(0), [said], 0, "answer")
        elif first == "taken for less":
            self.answer(self.open_attempt(0), [g.Captured("ch", f.euro(900))], 0, "answer")
        elif first == "silent":
            self.no_answer(0, sent=True)

    @move(lambda self: isinstance(self.payment, s.Ready), owner=OWNERS)
    def ask_next(self, owner: str) -> None:
        step = next_step(self.payment, now=self.now, jitter=0.5)
        if isinstance(step, Stop):
            self.append(finish(self.payment, step, now=self.now))
            return
        assert isinstance(step, Ask)
        place = {"account": "a", "endpoint": "https://e.example"}
        target = Target(gateway=step.gateway, **place, captures=self.captures)
        try:
            self.append([start_charge(self.payment, target, self.sender(owner), str)])
        except NoMoreTries:
            self.append([])

    @move(is_open(of_charge=True), evidence=OF_A_SEND, which=PLACES)
    def answer_the_charge(self, evidence: Any, which: int) -> None:
        self.answer(self.open_attempt(0, "charge"), [*NOES, *SUCCESSES], which, evidence)

    @move(
        is_open(of_charge=False),
        place=PLACES,
        evidence=OF_A_SEND,
        which=PLACES,
        share=st.sampled_from([0.5, 1, 1.5]),
    )
    def answer_an_operation(self, place: int, evidence: Any, which: int, share: float) -> None:
        attempt = self.open_attempt(place, "capture", "void", "refund", "compensation")
        wished = attempt.started.amount
        moved = f.euro(int(wished.amount * share))
        done: list[g.Answer] = [g.Done("op", wished), g.Done("op", wished), g.Done("op", moved)]
        self.answer(attempt, [*done, *NOES], which, evidence)

    @move(
        lambda self: bool(self.settled()), weight=1, place=PLACES, evidence=AFTERWARDS, which=PLACES
    )
    def say_more_of_what_was_settled(self, place: int, evidence: Any, which: int) -> None:
        attempt = self.settled()[place % len(self.settled())]
        said = SUCCESSES if attempt.kind == "charge" else [g.Done("op", attempt.started.amount)]
        self.answer(attempt, [*said, *NOES], which, evidence)

    @move(any_open, place=PLACES, sent=st.booleans())
    def no_answer(self, place: int, sent: bool) -> None:
        facts, attempt = self.payment.facts, self.open_attempt(place)
        if sent:
            facts = record_silence(facts, attempt.key, reason="silent", now=self.now)
        else:
            facts = record_not_sent(facts, attempt, now=self.now)
        self.append(facts, waiting=True)

    @move(any_open, place=PLACES, owner=OWNERS)
    def take_over(self, place: int, owner: str) -> None:
        attempt = self.open_attempt(place)
        try:
            facts = to_settle.take_over(
                attempt, owner=owner, now=self.now, rules=RULES, owner_is_dead=False
            )
        except to_settle.OwnerMayBeAlive as alive:
            self.now_s += (alive.free_at - self.now).total_seconds()
            return
        assert not facts or self.now >= attempt.send_before + timedelta(seconds=35)
        self.append(facts)

    @move(any_unknown, place=PLACES, owner=OWNERS)
    def repeat(self, place: int, owner: str) -> None:
        attempt, facts = self.open_attempt(place), self.payment.facts
        if to_settle.may_repeat(facts, attempt, ABLE, owner=owner, now=self.now):
            self.append([to_settle.repeat(attempt, self.sender(owner))])

    @move(any_open, place=PLACES, ago_s=st.integers(0, 9))
    def look_up_absent(self, place: int, ago_s: int) -> None:
        key, asked_at = self.open_attempt(place).key, f.at(self.now_s - ago_s)
        facts = record_looked_up(
            self.payment.facts, key, g.Absent(), ABLE, rules=RULES, asked_at=asked_at, now=self.now
        )
        self.append(facts, waiting=True)

    @move(charge_unknown)
    def cancel_by_key(self) -> None:
        key = self.open_attempt(0, "charge").key
        self.append(record_canceled_by_key(self.payment.facts, key, g.Blocked(), now=self.now))

    @move(may_be_captured, amount=AMOUNTS, owner=OWNERS)
    def capture(self, amount: int | None, owner: str) -> None:
        def decide(ref: e.CommandRef, sender: Sender) -> list[PaymentEvent]:
            return follow_up.capture(
                self.payment, command=ref, amount=_euro(amount), several=True, sender=sender
            )

        self._command("capture", owner, decide)

    @move(may_be_refunded, amount=AMOUNTS, owner=OWNERS)
    def refund(self, amount: int | None, owner: str) -> None:
        def decide(ref: e.CommandRef, sender: Sender) -> list[PaymentEvent]:
            return follow_up.refund(
                self.payment, command=ref, amount=_euro(amount), reason="expired",
                offered=self.refunds, sender=sender,
            )  # fmt: skip

        self._command("refund", owner, decide)

    @move(lambda self: may_be_canceled(self.payment), weight=8, owner=OWNERS)
    def cancel(self, owner: str) -> None:
        self._command(
            "cancel",
            owner,
            lambda ref, sender: follow_up.cancel(self.payment, command=ref, sender=sender),
        )

    def _command(self, wish: e.CommandName, owner: str, decide: Decide) -> None:
        self.commands += 1
        ref = f.ref(wish, self.commands)
        try:
            facts = decide(ref, self.sender(owner))
        except PaymentRejected as refusal:
            facts = [e.CommandRefused(command=ref, code=refusal.code, detail="", at=self.now)]
        self.append(facts, waiting=True)

    @move(
        lambda self: not isinstance(self.payment, s.Ready),
        weight=1,
        wish=st.sampled_from(["capture", "refund"]),
        owner=OWNERS,
    )
    def ask_for_too_much(self, wish: Any, owner: str) -> None:
        before = self.payment
        (self.capture if wish == "capture" else self.refund)(TOO_MUCH, owner)
        assert type(self.payment) is type(before)
        assert self.payment.facts.operations == before.facts.operations

    @move(
        lambda self: bool(closing.operations_between_tries(self.payment.facts)),
        owner=OWNERS,
        act=st.sampled_from(["again", "defer", "end"]),
    )
    def carry_operations_on(self, owner: str, act: str) -> None:
        for operation in closing.operations_between_tries(self.payment.facts):
            facts = self.payment.facts
            later = deferring.defer(facts, operation, now=self.now) if act == "defer" else []
            over = closing.give_up(operation, "c", now=self.now) if act == "end" else []
            self.append(later or over or [try_again(facts, operation, self.sender(owner))])

    @move(may_expire, weight=8, owner=OWNERS)
    def expire(self, owner: str) -> None:
        self.now_s += LIFETIME_S
        self.append([closing.expire(self.payment, self.sender(owner))])

    @move(any_unknown, place=PLACES)
    def call_for_a_review(self, place: int) -> None:
        self.now_s += 72 * 3600
        facts = to_settle.review(self.open_attempt(place), now=self.now, rules=RULES)
        self.append(facts, waiting=True)

    @move(lambda self: True, weight=1, seconds=st.sampled_from([0.5, 5, 40, 80]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def what_is_open_has_its_time(self) -> None:
        at = due.due_at(self.payment, rules=RULES, authorization_lifetime_s=LIFETIME_S)
        facts = self.payment.facts
        waiting = due.open_attempts(facts) or closing.operations_between_tries(facts)
        if waiting or closing.owed(self.payment) or isinstance(self.payment, s.Ready):
            assert at is not None

    @invariant()
    def the_view_adds_up(self) -> None:
        view = payment_view(self.payment)
        assert view["status"] == s.status(self.payment) in WORDS
        taken, whole = view["amount_captured"], view["amount_authorized"]
        fits = view["amount_refunded"] <= taken and taken + view["amount_capturable"] <= whole
        assert fits or self.books.reviewed  # what happened after all is shown, whatever it breaks

    def teardown(self) -> None:
        """Folding all at once is following each."""
        assert self.payment == fold(self.events)


def _live(lives: int, moves: int) -> None:
    """A life that breaks a promise is shown as it was found: to shrink it would take minutes."""
    Life.seen.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=lives, stateful_step_count=moves, phases=[Phase.generate]),
    )


def test_the_promises_are_kept_in_every_life() -> None:
    """The examples are always the same ones: that they get about is a promise as well."""
    assert resolved_by_an_operator in [one.act for one in MOVES]
    _live(120, 20)
    assert {one.__name__ for one in KNOWN if not Life.seen[one]} == set()
    assert set(BY_OTHERS) <= {one.act for one in MOVES}
    assert len({one for one in TYPES.values() if Life.seen[one]}) > 0.8 * len(TYPES)


@pytest.mark.slow
def test_the_promises_are_kept_in_many_long_lives() -> None:
    _live(900, 50)

    assert {one.__name__ for one in TYPES.values() if not Life.seen[one]} == set()
