"""Whole minor units of one currency, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import AMOUNT_MINOR_MAX, CurrencyMismatch, InvalidMoney, Money, asked

AMOUNTS = st.integers(0, AMOUNT_MINOR_MAX // 2)


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money(1000, "EUR"), "10.00 EUR"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(500, "BHD"), "0.500 BHD"),
        (Money(12345, "CLF"), "1.2345 CLF"),
    ],
)
def test_it_is_shown_with_the_exponent_of_its_currency(money: Money, words: str) -> None:
    assert str(money) == words


def test_no_more_than_a_trillion_minor_units_may_be_asked_for() -> None:
    assert asked(1_000_000_000_000, "EUR") == Money(AMOUNT_MINOR_MAX, "EUR")
    with pytest.raises(InvalidMoney):
        asked(AMOUNT_MINOR_MAX + 1, "EUR")


@given(AMOUNTS | st.integers(AMOUNT_MINOR_MAX, 10**30), AMOUNTS)
def test_what_moved_has_no_bound(one: int, other: int) -> None:
    assert (Money(one, "EUR") + Money(other, "EUR")).amount == one + other


@pytest.mark.parametrize("amount", [-1, 1.0, "1", True, None])
def test_only_whole_numbers_from_zero_on_are_amounts(amount: Any) -> None:
    with pytest.raises(InvalidMoney):
        Money(amount, "EUR")


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "XAU", "ZZZ"])
def test_only_currencies_with_an_exponent_are_known(currency: str) -> None:
    with pytest.raises(InvalidMoney):
        Money(1, currency)


@given(AMOUNTS, AMOUNTS)
def test_what_is_added_can_be_taken_away_and_keeps_its_order(one: int, other: int) -> None:
    left, right = Money(one, "EUR"), Money(other, "EUR")

    assert left + right - right == left
    assert (left <= right, left < right) == (one <= other, one < other)
    assert (left - left).is_zero
    assert left.zero() == Money(0, "EUR")


def test_there_is_no_debt() -> None:
    with pytest.raises(InvalidMoney):
        Money(1, "EUR") - Money(2, "EUR")


def test_currencies_do_not_mix() -> None:
    one, other = Money(1, "EUR"), Money(1, "USD")

    for mix in (
        lambda: one + other,
        lambda: one - other,
        lambda: one <= other,
        lambda: one < other,
    ):
        with pytest.raises(CurrencyMismatch):
            mix()
