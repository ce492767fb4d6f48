"""Whole minor units of one currency, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import AMOUNT_MINOR_MAX, CurrencyMismatch, InvalidMoney, Money

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


def test_the_largest_amount_is_a_trillion_minor_units() -> None:
    assert Money(1_000_000_000_000, "EUR").amount == AMOUNT_MINOR_MAX


@pytest.mark.parametrize("amount", [-1, 1.0, "1", True, AMOUNT_MINOR_MAX + 1, None])
def test_only_whole_numbers_in_range_are_amounts(amount: Any) -> None:
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
