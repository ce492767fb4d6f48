"""The judgement of a storm sees every kind of wrong, and nothing wrong where all is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from tests.crash.client import Reply
from tests.gateways.hostile.behaviours import EVERY
from tests.gateways.hostile.books import Books
from tests.storm.judging import Judged, Told, end_of, judge, repeats, told_of
from tests.storm.lives import KINDS, Kind, Life, lives

AMOUNT: Final = 900


def life(kind: Kind = "charge", met: str = "", *, careless: bool = False) -> Life:
    return Life(
        key="k" * 24,
        kind=kind,
        met={"charge": met} if met else {},
        token="tok_ok",
        method="card",
        amount=AMOUNT,
        currency="EUR",
        careless=careless,
    )


def view(**members: Any) -> dict[str, Any]:
    said = {"status": "succeeded", "amount_captured": AMOUNT, "amount_refunded": 0}
    return {"needs_review": False, "refunds": [], **said, **members}


FAILED: Final = view(status="failed", amount_captured=0)


class Scene:
    """One life, what is booked of it, and what was told."""

    def __init__(self, of: Life) -> None:
        self.life, self.books = of, Books(None, lambda: 0.0)
        self.told: list[Told] = []

    def charged(self, gateway: str = "alpha", *, capture: bool = True, done: bool = True) -> str:
        payment = str(UUID(self.life.payment.removeprefix("pay_")))
        key = f"{gateway} key {len(self.books.entries)}"
        body = {"key": key, "payment_id": payment, "amount": AMOUNT, "currency": "EUR"}
        charge = self.books.open_charge(gateway, {**body, "capture": capture})
        self.books.settle(charge, done=done)
        return charge.id

    def moved(self, kind: str, charge: str, amount: int = AMOUNT) -> None:
        body = {"key": f"{kind} {len(self.books.entries)}", "amount": amount}
        self.books.settle(self.books.open_operation("alpha", kind, charge, body), done=True)

    def said(self, status: int, body: dict[str, Any], verb: str = "create", **more: Any) -> None:
        key, payment = (self.life.key, None) if verb == "create" else (verb, self.life.payment)
        reply = Reply(status, json.dumps(body))
        asked = more.pop("asked", {})
        self.told.append(Told(len(self.told), verb, key, payment, asked, reply, **more))

    def judged(self, of: dict[str, Any] | None) -> Judged:
        return judge([self.life], {self.life.payment: of}, self.books, self.told)


def test_what_is_right_is_right() -> None:
    scene = Scene(life("refund"))
    charge = scene.charged()
    scene.moved("refund", charge, 300)
    scene.said(201, view())
    scene.said(201, view(), replayed=True)
    scene.said(201, {"amount": 300, "status": "succeeded"}, "refund", asked={"amount": 300})
    judged = scene.judged(view(amount_refunded=300))
    assert (judged.faults, judged.unlike, judged.unsafe, judged.repeats) == ([], [], {}, 1)
    assert judged.ends == {scene.life.payment: "as booked"}


def test_two_charges_that_stand_are_one_too_many() -> None:
    scene = Scene(life())
    scene.charged("alpha")
    scene.charged("beta")
    assert any("charged twice" in one for one in scene.judged(view()).faults)


def test_a_stray_that_was_given_back_is_none() -> None:
    scene = Scene(life())
    scene.moved("refund", scene.charged("alpha"))
    scene.charged("beta")
    judged = scene.judged(view())
    assert (judged.faults, judged.unlike) == ([], [])


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (201, view(amount_captured=AMOUNT + 1), "captured, booked"),
        (201, view(amount_refunded=1), "refunded, booked"),
        (402, {}, "told not charged, and it was"),
        (503, {"code": "not_recorded"}, "every answer was 503"),
    ],
)
def test_an_answer_that_is_not_so(status: int, body: dict[str, Any], fault: str) -> None:
    scene = Scene(life())
    scene.charged()
    scene.said(status, body)
    assert any(fault in one for one in scene.judged(view()).faults)


def test_who_was_answered_nothing_may_have_been_charged() -> None:
    scene = Scene(life(careless=True))
    scene.charged()
    scene.told.append(Told(1, "create", scene.life.key, None, {}, None))
    scene.said(503, {})
    assert scene.judged(view()).faults == []


def test_what_was_acknowledged_or_booked_and_is_gone() -> None:
    scene = Scene(life())
    scene.said(202, {"status": "processing"})
    assert any("is gone" in one for one in scene.judged(None).faults)
    scene.charged()
    judged = scene.judged(None)
    assert any("booked and lost" in one for one in judged.faults)
    assert len(judged.unlike) == 1


def test_a_refund_that_was_told_failed_and_was_done() -> None:
    scene = Scene(life("refund"))
    charge = scene.charged()
    scene.said(402, {"code": "refund_failed"}, "refund", asked={"amount": 300})
    scene.moved("refund", charge, 300)
    assert any("at most 0" in one for one in scene.judged(view(amount_refunded=300)).faults)


def test_a_refund_that_was_told_and_not_done() -> None:
    scene = Scene(life("refund"))
    scene.charged()
    scene.said(201, {"amount": 300, "status": "succeeded"}, "refund", asked={"amount": 300})
    assert any("refunds of 300 were told" in one for one in scene.judged(view()).faults)


def test_what_nobody_asked_for() -> None:
    scene, other = Scene(life()), Scene(life())
    object.__setattr__(other.life, "key", "o" * 24)
    other.charged()
    scene.books = other.books
    assert any("nobody asked for it" in one for one in scene.judged(FAILED).faults)


@pytest.mark.parametrize(
    ("met", "of", "booked", "end"),
    [
        ("", view(), True, "as booked"),
        ("", view(status="pending_verification"), True, "not ended"),
        ("", view(amount_captured=0, needs_review=True), True, "not ended"),
        ("pends_for_ever", view(status="processing", needs_review=True), True,
         "in review"),
        ("lies_done", view(), False, "not ended"),
        ("lies_done", view(needs_review=True), False, "in review"),
        ("", None, False, "never came"),
        ("", None, True, "not ended"),
    ],
)  # fmt: skip
def test_how_a_life_ended(met: str, of: dict[str, Any] | None, booked: bool, end: str) -> None:
    scene = Scene(life(met=met))
    if booked:
        scene.charged()
    assert end_of(scene.life, of, list(scene.books.charges.values())) == end


def test_a_lie_ends_well_where_all_was_given_back_and_is_no_fault() -> None:
    scene = Scene(life(met="lies_declined"))
    scene.moved("refund", scene.charged())
    scene.said(402, {})
    judged = scene.judged(view())  # which says that the money is still here
    assert judged.ends == {scene.life.payment: "compensated"}
    assert (judged.faults, judged.unsafe) == ([], {})


def test_a_lie_that_nobody_saw_is_told_by_what_was_met() -> None:
    scene = Scene(life(met="lies_done"))
    judged = scene.judged(view())
    assert list(judged.unsafe) == ["charge.lies_done"]
    assert (judged.faults, judged.unlike) == ([], [])


def answered(*replies: tuple[int, str, bool]) -> list[Told]:
    return [
        Told(place, "create", "k", None, {}, Reply(status, f'{{"status": "{said}"}}'), replayed)
        for place, (status, said, replayed) in enumerate(replies)
    ]


@pytest.mark.parametrize(
    ("replies", "wrong"),
    [
        ([(201, "succeeded", False), (201, "succeeded", True)], 0),
        ([(201, "succeeded", False), (201, "captured", True)], 1),
        ([(503, "", False), (202, "processing", False), (201, "succeeded", False)], 0),
        ([(202, "processing", True), (201, "succeeded", False)], 1),
        ([(202, "pending_verification", False), (201, "succeeded", False)], 1),
        ([(201, "succeeded", False), (202, "processing", False), (201, "succeeded", False)], 1),
    ],
)
def test_a_repeat_is_byte_for_byte(replies: Sequence[tuple[int, str, bool]], wrong: int) -> None:
    assert len(repeats(answered(*replies))[1]) == wrong


def test_a_diary_is_read_command_by_command() -> None:
    asked = {"fact": "asked", "verb": "create", "payment": None, "body": {"amount": 1}}
    facts: list[dict[str, Any]] = [
        {**asked, "call": 1, "key": "k"},
        {**asked, "call": 2, "key": None, "verb": "get"},
        {"fact": "answered", "call": 2, "status": 200, "body": "{}"},
        {"fact": "lost", "call": 1},
        {**asked, "call": 3, "key": "k"},
        {"fact": "answered", "call": 3, "status": 201, "body": "{}", "replayed": True},
    ]
    lost, told = told_of(facts)
    assert (lost.reply, told.reply, told.replayed) == (None, Reply(201, "{}"), True)


def test_every_behaviour_is_met_wherever_it_makes_sense() -> None:
    drawn = lives(Random(1))
    met = {pair for _ in range(3_000) for pair in next(drawn).met.items()}
    assert met == {
        (kind, one.name) for one in EVERY.values() for kind in KINDS if kind in one.kinds
    }
