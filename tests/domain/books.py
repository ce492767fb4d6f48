"""A payment's books kept a second time, straight from the facts and by other means than `evolve`:
what the decisions must keep to, whatever they decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.payment import events as e
from domain.payment.events import PaymentEvent

NOT_CHARGED = (e.AttemptDeclined, e.AttemptFailed)
DONE = (e.CaptureSucceeded, e.VoidSucceeded, e.RefundSucceeded, e.CompensationSucceeded)
PROVEN = ("absence", "cancel_by_key", "operator")
OF_A_SEND = ("answer", "late_answer", "repeat")
TOO_MUCH = ("moved_twice", "moved_beyond_bounds", "capture_reversed", "too_many_movements")
ANSWER, SKEW = timedelta(seconds=30), timedelta(seconds=5)
LATENESS, KEY_LIFETIME = timedelta(seconds=60), timedelta(hours=24)  # as the default capabilities


@dataclass
class Try:
    started: e.Started
    owner: str
    send_before: datetime
    sends: int = 1
    taken_over: bool = False
    pending: bool = False
    unknown: bool = False
    open: bool = True


@dataclass
class Work:
    """A capture, void, refund or compensation."""

    means: str
    amount: int
    charge: UUID
    state: str = "open"
    again: int = 0  # moved by other tries of it


@dataclass
class Books:
    intent: e.PaymentInitiated | None = None
    tries: dict[UUID, Try] = field(default_factory=dict)
    work: dict[UUID, Work] = field(default_factory=dict)
    stands: dict[UUID, e.AttemptSucceeded | e.LateSuccessObserved] = field(default_factory=dict)
    last_no: e.AttemptDeclined | e.AttemptFailed | None = None
    reviewed: set[UUID] = field(default_factory=set)  # charges with too much moved
    handed_over: set[UUID] = field(default_factory=set)  # charges that a person must give back
    foreign: list[e.ForeignMovementObserved] = field(default_factory=list)
    undone: list[tuple[UUID, str, int]] = field(default_factory=list)  # charge, means, amount
    ended: bool = False
    final: bool = False

    def append(self, facts: Sequence[PaymentEvent], *, final: bool = False) -> None:
        """Facts of one append. Fails where they break a promise. `final`: they come from the
        charge itself, reported as final under its key."""
        self.final = final
        for fact in facts:
            self._note(fact)
        late = [one.key for one in facts if isinstance(one, e.LateSuccessObserved)]
        given_back = {one.charge for one in self.work.values()} | self.handed_over
        assert set(late) <= given_back, "a late success that nobody gives back"
        self.check_money()

    def _note(self, fact: PaymentEvent) -> None:
        match fact:
            case e.PaymentInitiated():
                self.intent = fact
            case e.Started():
                self._start(fact)
            case e.AttemptRepeated(key=key):
                self._repeat(self.tries[key], fact)
            case e.AttemptTakenOver(key=key):
                self._take_over(self.tries[key], fact)
            case e.AttemptPending(key=key):
                self.tries[key].pending = True
            case e.OutcomeUnknown(key=key):
                self.tries[key].unknown = True
            case e.AttemptNotSent(key=key):
                self.tries[key].sends -= 1
                self.tries[key].open = self.tries[key].sends > 0
            case e.AttemptDeclined() | e.AttemptFailed():
                self._settle_as_not_charged(self.tries[fact.key], fact)
            case e.AttemptSucceeded() | e.LateSuccessObserved():
                assert fact.key not in self.stands, "one charge stands once"
                self.tries[fact.key].open = False
                self.stands[fact.key] = fact
            case e.PaymentFailed() | e.PaymentCanceled() | e.PaymentExpired():
                self._end(fact)
            case e.LateOperationObserved():
                self._observe(self.tries[fact.key], self.work[fact.operation], fact)
            case e.ForeignMovementObserved():
                assert fact.charge_key in self.stands, "money moved of no charge that stands"
                self.foreign.append(fact)
            case e.SuccessReversed():
                self._undo(self.tries[fact.key], fact)
            case e.ReviewRequested(key=key, reason=reason) if reason in TOO_MUCH:
                started = self.tries[key].started
                self.reviewed |= {getattr(started, "charge_key", key)}
            case e.ReviewRequested(key=key, about="charge"):
                assert key in self.stands, "nothing stands that could be given back"
                assert key not in self.handed_over, "a person is asked once"
                self.handed_over.add(key)
            case e.ReviewResolved(key=key, word=word) if word.outcome == "given_back":
                assert key in self.handed_over, "nobody was asked to give it back"
            case e.OperationSucceeded():
                assert self.work[fact.operation].state == "open", "done twice, and no alarm"
                self.tries[fact.key].open = False
                self.work[fact.operation].state = "succeeded"
                self.work[fact.operation].amount = fact.amount.amount
            case e.OperationFailed():
                self.work[fact.operation].state = "failed"
            case _:
                pass

    def _start(self, fact: e.Started) -> None:
        assert fact.key not in self.tries, "a key is used for one try"
        if isinstance(fact, e.AttemptStarted):
            assert self.intent is not None
            assert not self.ended, "a charge after the end"
            assert not self.open_charges, "a charge beside an open or unknown one"
            assert not self.wanted_stand, "a charge beside one that stands"
            assert fact.at < self.intent.complete_by, "a charge of somebody who has left"
        elif isinstance(fact, e.FollowUpStarted):
            means = fact.means if isinstance(fact, e.CompensationStarted) else _means(fact)
            self._check_terms(fact, means)
            work = Work(means, fact.amount.amount, fact.charge_key)
            assert self.work.setdefault(fact.operation, work).state == "open"
            self.work[fact.operation] = work
        self.tries[fact.key] = Try(fact, fact.owner, fact.send_before)

    def _check_terms(self, fact: e.FollowUpStarted, means: str) -> None:
        """Nothing is asked of a hold but what the record says that its gateway does."""
        charge = self.tries[fact.charge_key].started
        terms = charge.captures if isinstance(charge, e.AttemptStarted) else None
        if terms is None or terms.several:
            return
        of_hold = {
            one.state for key, one in self.work.items()
            if (one.charge, one.means) == (fact.charge_key, "capture") and key != fact.operation
        }  # fmt: skip
        if means == "capture" and fact.number == 1:
            assert not of_hold & {"open", "succeeded"}, "a second capture where one is taken"
        if means == "void" and terms.remainder == "released" and fact.number == 1:
            assert "succeeded" not in of_hold, "a void of what the gateway let go of"

    def _repeat(self, attempt: Try, fact: e.AttemptRepeated) -> None:
        assert self.intent is not None
        assert attempt.open, "a repeat of what is settled"
        assert attempt.unknown, "a repeat of what is not unknown"
        assert attempt.owner == fact.owner, "a repeat by a stranger"
        assert fact.at < attempt.started.at + KEY_LIFETIME / 2, "a repeat of a forgotten key"
        if isinstance(attempt.started, e.AttemptStarted):
            assert fact.at < self.intent.complete_by, "a repeat for somebody who has left"
        attempt.sends += 1
        attempt.send_before = fact.send_before

    def _take_over(self, attempt: Try, fact: e.AttemptTakenOver) -> None:
        assert attempt.open, "taken over what is settled"
        assert fact.at >= attempt.send_before + ANSWER + SKEW, "the owner may still hear"
        attempt.taken_over = attempt.unknown = True
        attempt.owner = fact.owner

    def _settle_as_not_charged(
        self, attempt: Try, fact: e.AttemptDeclined | e.AttemptFailed
    ) -> None:
        alone = attempt.sends == 1 and not attempt.taken_over and not attempt.pending
        proven = self.final or fact.evidence in PROVEN
        assert attempt.open
        assert proven or fact.evidence in OF_A_SEND, "no answer to a send settled the key"
        assert proven or alone, "a refusal of one send settled the key"
        assert proven or fact.evidence == "late_answer" or not attempt.unknown
        if fact.evidence == "absence":
            assert attempt.unknown, "absent, and its owner still waits for the answer"
            assert fact.at > attempt.send_before + LATENESS + SKEW, "absent, and may still come"
        attempt.open = False
        if isinstance(attempt.started, e.AttemptStarted):
            self.last_no = fact

    def _undo(self, attempt: Try, fact: e.SuccessReversed) -> None:
        means = "refund" if isinstance(fact, e.RefundReversed) else "capture"
        charge = getattr(attempt.started, "charge_key", fact.key)
        self.undone.append((charge, means, fact.amount.amount))

    def _observe(self, attempt: Try, work: Work, fact: e.LateOperationObserved) -> None:
        assert not attempt.open or work.state == "succeeded", "late, and nobody had settled it"
        attempt.open = False
        if work.state == "succeeded":
            work.again += fact.amount.amount
        else:
            work.state, work.amount = "succeeded", fact.amount.amount

    def _end(self, fact: e.PaymentFailed | e.PaymentCanceled | e.PaymentExpired) -> None:
        self.ended = True
        assert not self.open_charges, "ended with an open charge"
        if isinstance(fact, e.PaymentFailed) and isinstance(self.last_no, e.AttemptDeclined):
            advice = self.last_no.advice
            assert fact.code == "declined", "a decline is the reason, whenever it came"
            assert fact.retryable is (advice != "do_not_try_again")

    @property
    def open_charges(self) -> list[UUID]:
        return [
            key for key, one in self.tries.items()
            if one.open and isinstance(one.started, e.AttemptStarted)
        ]  # fmt: skip

    @property
    def wanted_stand(self) -> list[UUID]:
        return [key for key, one in self.stands.items() if isinstance(one, e.AttemptSucceeded)]

    def moved(self, charge: UUID, *means: str, settled: bool = False) -> int:
        states = ("succeeded",) if settled else ("succeeded", "open")
        ours = sum(
            one.amount + one.again for id, one in self.work.items()
            if one.charge == charge and one.means in means and one.state in states
            and (one.state != "open" or not self._is_over(id))
        )  # fmt: skip
        beside = (one for one in self.foreign if one.charge_key == charge and one.means in means)
        return ours + sum(one.amount.amount for one in beside)

    def came_back(self, charge: UUID, means: str) -> int:
        return sum(amount for one, what, amount in self.undone if (one, what) == (charge, means))

    def _is_over(self, operation: UUID) -> bool:
        """A compensation between tries moves nothing: what it would give back, others may have."""
        tries = [one for one in self.tries.values() if one.started.operation == operation]
        is_compensation = isinstance(tries[-1].started, e.CompensationStarted)
        return is_compensation and not any(one.open for one in tries)

    def check_money(self) -> None:
        twice = {one.charge for one in self.work.values() if one.again}
        assert twice <= self.reviewed, "moved twice, and no person looks"
        for key, fact in self.stands.items():
            if key in self.reviewed:
                continue
            at_once = fact.amount.amount if fact.captured else 0
            held = fact.amount.amount - at_once
            settled = at_once + self.moved(key, "capture", settled=True)
            settled -= self.came_back(key, "capture")
            given = self.moved(key, "refund") - self.came_back(key, "refund")
            assert self.moved(key, "capture", "void") <= held
            assert given <= settled, "more given back than was taken"


def _means(fact: e.FollowUpStarted) -> str:
    return {e.CaptureStarted: "capture", e.VoidStarted: "void", e.RefundStarted: "refund"}[
        type(fact)
    ]
