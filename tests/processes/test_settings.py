"""Settings that contradict each other are refused before anything starts, in one line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from api.settings import SettingsRefused, read_settings
from domain.money import Money
from domain.payment.rules import Rules

FILE: Final = Path(__file__).parents[2] / "docs/gateways.example.json"
PRODUCTION: Final = {
    "mode": "production",
    "esdb": "esdb://localhost:2113?tls=false",
    "postgres": "postgresql://localhost/x",
    "gateways_file": FILE,
}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"late_answer_within_s": 8.9}, "INTERLOCK_LATE_ANSWER_WITHIN_S"),
        ({"late_answer_within_s": 9, "latency_budget_s": 10}, "INTERLOCK_LATE_ANSWER_WITHIN_S"),
        ({"send_within_s": 9.5}, "INTERLOCK_SEND_WITHIN_S"),
        ({"instant_gateway": True, **PRODUCTION}, "INTERLOCK_INSTANT_GATEWAY"),
        ({"instant_gateway": True, "gateways_file": FILE}, "INTERLOCK_INSTANT_GATEWAY"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsRefused) as refusal:
        read_settings(**given)
    assert named in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"late_answer_within_s": 9, "send_within_s": 9},
        {"latency_budget_s": 10, "complete_within_s": 10},
        {"instant_gateway": True},
        PRODUCTION,
    ],
)
def test_settings_that_agree_are_taken(given: dict[str, Any]) -> None:
    rules = read_settings(**given).rules
    assert rules.answer_within.total_seconds() >= rules.latency_budget_s


def test_how_much_one_operator_decides_alone_is_a_setting() -> None:
    rules = read_settings(resolved_alone_most={"EUR": 500, "*": 7}).rules
    alone = read_settings(resolved_alone_most={"EUR": 500}).rules

    assert [rules.is_much(Money(n, "EUR"), None) for n in (500, 501)] == [False, True]
    assert [rules.is_much(Money(n, "JPY")) for n in (7, 8)] == [False, True]
    assert alone.is_much(Money(1, "JPY"))  # of which nothing is said
    assert read_settings().rules.resolved_alone_most == Rules().resolved_alone_most
    for wrong in ({"EURO": 1}, {"EUR": -1}):
        with pytest.raises(SettingsRefused, match="RESOLVED_ALONE_MOST"):
            read_settings(resolved_alone_most=wrong)


def test_how_long_an_unknown_is_tried_is_a_setting() -> None:
    given = read_settings(verify_first_s=1.0, verify_most_s=10.0, review_after_s=60.0).rules
    by_default = read_settings().rules

    assert (given.verify_first, given.verify_most, given.review_after) == (
        timedelta(seconds=1), timedelta(seconds=10), timedelta(seconds=60),
    )  # fmt: skip
    assert (by_default.verify_first, by_default.verify_most, by_default.review_after) == (
        Rules().verify_first, Rules().verify_most, Rules().review_after,
    )  # fmt: skip
    with pytest.raises(SettingsRefused, match="VERIFY_FIRST_S is longer than"):
        read_settings(verify_first_s=11.0, verify_most_s=10.0)
