"""A look-up or a cancellation that the gateway refuses proves nothing, whatever it says."""

from __future__ import annotations

from random import Random

import pytest

from tests.simulation import faults as faults_module
from tests.simulation.calls import Call
from tests.simulation.faults import DRAWN_APART, FAULTS, Faults
from tests.simulation.gateway_books import Books
from tests.simulation.gateway_entries import Reply, Request
from tests.simulation.kernel import Kernel
from tests.simulation.small_world import ALPHA, MERCHANT, SmallWorld
from tests.simulation.witness import Witness

SEEDS = 300  # enough for the rarest fault

CREATE = Call(
    merchant=MERCHANT, verb="create", key="order",
    body={"amount": 500, "currency": "EUR", "capture_method": "automatic"},
)  # fmt: skip


def test_a_refused_question_leaves_the_payment_unknown() -> None:
    small = SmallWorld()
    api, worker = small.process("api0"), small.process("worker0")
    small.faults.rates |= {"request_lost": 1.0, "asked_in_vain": 1.0}
    assert small.ask(api, CREATE).status == 202
    cancel = Call(merchant=MERCHANT, verb="cancel", payment=CREATE.envelope.id, key="no", body={})
    assert small.ask(api, cancel).status == 202
    small.faults.rates["request_lost"] = 0.0
    small.wait(60.0)
    assert worker.core is not None
    small.finish(worker, worker.core.carrying.carry_on(CREATE.envelope.id))
    assert small.sent("look_up")
    assert small.sent("cancel")
    assert not {"AttemptFailed", "AttemptDeclined", "PaymentCanceled"} & set(small.story())

    small.faults.over = True
    small.wait(60.0)
    small.finish(worker, worker.core.carrying.carry_on(CREATE.envelope.id))
    assert "PaymentCanceled" in small.story()


@pytest.mark.parametrize("kind", ["look_up", "cancel"])
def test_gateways_refuse_a_question_in_every_way(kind: str) -> None:
    kernel = Kernel()
    witness = Witness(kernel)
    faults = Faults(Random(2), dict.fromkeys(FAULTS, 0.0))
    faults.rates["asked_in_vain"] = 1.0
    books, said = Books(ALPHA, kernel, witness, faults, Random(1)), list[Reply]()
    for number in range(200):
        request = Request(
            number=number, kind=kind, key=str(number), path="", body={}, text="", sent_at=0.0
        )
        books.arrive(request, said.append)
    told = {(status, body["charged"], wait) for status, body, wait in said}
    assert told == {
        (status, charged, "1" if status == 429 else None)
        for status in (429, 500, 503)
        for charged in (False, "unknown")
    }
    booked = [fact["result"] for fact in witness.facts if fact["fact"] == "booked"]
    assert set(booked) == (set() if kind == "look_up" else {"refused", "blocked"})


def test_a_fault_drawn_apart_leaves_the_others_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = [_drawn(seed) for seed in range(SEEDS)]
    for name in DRAWN_APART:
        assert {rates.pop(name) > 0.0 for rates, _ in drawn} == {True, False}
    before = {name: most for name, most in FAULTS.items() if name not in DRAWN_APART}
    monkeypatch.setattr(faults_module, "FAULTS", before)
    monkeypatch.setattr(faults_module, "DRAWN_APART", ())
    assert [_drawn(seed) for seed in range(SEEDS)] == drawn


def _drawn(seed: int) -> tuple[dict[str, float], float]:
    """The rates, and what chance gives next."""
    random = Random(seed)
    return Faults(random).rates, random.random()
