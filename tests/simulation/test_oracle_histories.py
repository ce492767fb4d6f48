"""The oracle passes what is odd but legal, and rejects what is bad for the reason it names."""

from __future__ import annotations

import json

import pytest

from tests.simulation.histories import BAD, GOOD
from tests.simulation.oracle import INVARIANTS, Verdict, judge

UNDECIDED = {
    "the_gateway_took_another_amount": {"linearizable"},
    "a_copy_after_a_no_whose_way_back_nobody_knows": {"one_net_capture"},
}
ONLY_BY_WITNESSES = {"witnesses_suffice"}  # tests/simulation/test_oracle_witnesses.py


def outcomes(verdicts: list[Verdict], outcome: str) -> dict[str, str]:
    return {one.invariant: one.detail for one in verdicts if one.outcome == outcome}


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_but_legal_history_holds(name: str) -> None:
    verdicts = judge(GOOD[name]())
    assert outcomes(verdicts, "broken") == {}
    assert outcomes(verdicts, "cannot_tell").keys() == UNDECIDED.get(name, set())
    assert [one.invariant for one in verdicts] == list(INVARIANTS)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_history_is_rejected_for_its_reason(name: str) -> None:
    bad = BAD[name]
    broken = outcomes(judge(bad.make()), "broken")
    assert broken.keys() == {bad.invariant} | bad.also
    assert all(broken.values()), "a broken invariant says what was found"


def test_every_invariant_has_a_history_that_breaks_it() -> None:
    named = {one.invariant for one in BAD.values()}
    assert named | ONLY_BY_WITNESSES == INVARIANTS.keys()
    assert len(BAD) >= 25
    assert len(GOOD) >= 25


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_a_history_is_plain_json_and_gets_the_same_verdicts_from_it(name: str) -> None:
    make = GOOD[name] if name in GOOD else BAD[name].make
    history = make()
    read_again = json.loads(json.dumps(history))
    assert read_again == history
    assert judge(read_again) == judge(history)
