"""The proof that the proof would notice: every planted bug is seen by the oracle, on histories
that are clean without it; and every one really replaces something.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.oracle import INVARIANTS
from tests.simulation.run import run_history
from tests.simulation.sabotage.catalogue import EVERY
from tests.simulation.sabotage.harmless import HARMLESS, Harmless
from tests.simulation.sabotage.planting import Sabotage, Swap, plants
from tests.simulation.sabotage.search import (
    HISTORIES_MAX,
    PLACES_MAX,
    Sound,
    broken,
    catches,
    caught_by,
    known_seeds,
    places,
    seen,
)

SABOTAGES_MIN = 30
HARMLESS_HISTORIES = 20
SOUND = Sound()

each = pytest.mark.parametrize("sabotage", EVERY.values(), ids=lambda one: one.name)


@pytest.mark.slow
@each
def test_the_oracle_notices(sabotage: Sabotage) -> None:
    known = known_seeds()[sabotage.name]["seeds"]
    caught = next(
        (one for one in places(sabotage, known) if catches(sabotage, one[0], SOUND, one[1])), None
    )
    assert caught is not None, f"{sabotage.name} went unseen on {PLACES_MAX} histories"
    seed, weather = caught
    assert not broken(run_history(seed, rates=weather)), "the sabotage was left behind"


@each
def test_what_it_replaces_is_there_and_takes_the_same(sabotage: Sabotage) -> None:
    for swap in sabotage.swaps:
        original, substitute = swap.parameters
        assert original == substitute, swap.target


@each
def test_it_is_planted_and_gone_again(sabotage: Sabotage) -> None:
    before = [swap.original for swap in sabotage.swaps]
    with sabotage.planted():
        for swap, original in zip(sabotage.swaps, before, strict=True):
            assert swap.original is swap.substitute
            assert swap.original is not original
    assert all(swap.original is one for swap, one in zip(sabotage.swaps, before, strict=True))


@each
def test_it_is_expected_by_invariants_that_exist(sabotage: Sabotage) -> None:
    assert sabotage.expected <= INVARIANTS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("listed", HARMLESS, ids=lambda one: one.sabotage.name)
def test_what_is_listed_as_harmless_is_a_bug_that_nobody_can_notice(listed: Harmless) -> None:
    assert listed.sabotage.name not in EVERY
    assert listed.reason
    caught = [one for one in range(HARMLESS_HISTORIES) if catches(listed.sabotage, one, SOUND)]
    assert caught == []


def test_there_are_enough_of_them_and_each_is_known_to_be_caught() -> None:
    known = known_seeds()
    assert len(EVERY) >= SABOTAGES_MIN
    assert known.keys() == EVERY.keys()
    for name, found in known.items():
        assert found["seeds"], name
        assert 0 < found["histories"] <= HISTORIES_MAX, name
        assert found["histories"] == found["seeds"][0] - found["start"] + 1, name
        assert set(found["invariants"]) & EVERY[name].expected, name


def test_a_replaced_function_is_replaced_wherever_it_was_imported() -> None:
    from application.payments import asking
    from domain.payment.decisions import answers

    def silence(facts: Any, key: Any, *, reason: str, now: Any) -> list[Any]:
        return []

    with Swap("domain.payment.decisions.answers:record_silence", silence).made():
        assert vars(asking)["record_silence"] is silence
        assert answers.record_silence is silence
    assert vars(asking)["record_silence"] is not silence


def test_a_replaced_function_is_replaced_in_the_tables_that_name_it() -> None:
    from domain.payment import bookkeeping
    from domain.payment.events import AttemptRepeated

    def repeat(facts: Any, event: Any) -> Any:
        return facts

    before = bookkeeping._NOTES[AttemptRepeated]
    with Swap("domain.payment.bookkeeping.sends:repeat", repeat).made():
        assert bookkeeping._NOTES[AttemptRepeated] is repeat
    assert bookkeeping._NOTES[AttemptRepeated] is before


def test_a_sabotage_that_does_nothing_is_not_caught() -> None:
    from domain.payment.decisions import settle

    original = settle.is_wanted

    @plants("domain.payment.decisions.settle:is_wanted", *INVARIANTS)
    def nothing_at_all(facts: Any, now: Any) -> bool:
        """Does what the product does."""
        return original(facts, now)

    assert isinstance(nothing_at_all, Sabotage)
    assert not any(catches(nothing_at_all, seed, SOUND) for seed in range(3))
    assert seen(nothing_at_all, 1) == broken(run_history(1))


def test_what_the_loss_of_the_layers_breaks_by_itself_does_not_catch_the_bug() -> None:
    from domain.payment.decisions import settle

    original = settle.is_wanted
    lost = EVERY["failover_on_timeout"]
    seed = known_seeds()[lost.name]["seeds"][0]
    assert catches(lost, seed, SOUND)

    @plants("domain.payment.decisions.settle:is_wanted", *lost.expected, layers=(lost.swap,))
    def nothing_but_its_layers(facts: Any, now: Any) -> bool:
        """Does what the product does, on top of a layer whose loss breaks everything."""
        return original(facts, now)

    assert seen(nothing_but_its_layers, seed) == seen(lost, seed)
    assert caught_by(nothing_but_its_layers, seed, SOUND) == frozenset()


def test_a_sabotage_without_a_sentence_about_the_bug_is_refused() -> None:
    def silent(facts: Any, now: Any) -> bool:
        return True

    with pytest.raises(ValueError, match="does not say which bug"):
        plants("domain.payment.decisions.settle:is_wanted", "as_asked")(silent)
