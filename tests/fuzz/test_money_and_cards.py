"""Amounts and card numbers in whatever bytes: whole minor units in range, or refused; no card
number survives masking, and nothing else is changed by it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from api.http.models import CaptureBody, CreatePaymentBody, validated
from api.http.problems import Problem
from api.http.strict_json import MalformedJson, read_json
from domain.card_numbers import find_card_number, mask_card_numbers
from domain.currencies import EXPONENTS
from domain.money import AMOUNT_MINOR_MAX, InvalidMoney, Money
from tests.api.shop import CREATE
from tests.fuzz.budget import fuzzed

numbers = st.from_regex(r"-?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,5})?", fullmatch=True)
codes = st.sampled_from(sorted(EXPONENTS)) | st.text(max_size=4)
amounts = st.integers() | st.floats() | st.booleans() | st.none() | st.text()
digits = st.text(
    st.sampled_from("0123456789 -x\u0660\u0967\uff14\u00b2\u2460_.\u00a0"), max_size=60
)


@given(amounts, codes)
@example(0, "EUR")
@example(AMOUNT_MINOR_MAX, "BHD")
@example(float("nan"), "EUR")
@example(True, "EUR")
@fuzzed
def test_money_is_whole_and_in_range_or_refused(amount: Any, currency: str) -> None:
    good = type(amount) is int and amount >= 0 and currency in EXPONENTS
    try:
        money = Money(amount, currency)
    except InvalidMoney:
        assert not good
        return
    assert good
    shown, code = str(money).split(" ")
    whole, _, minor = shown.partition(".")
    assert (code, len(minor)) == (currency, EXPONENTS[currency])
    assert int(whole + minor) == amount


@given(numbers)
@example("1.0")
@example("1e2")
@example("-0")
@example("-0.0")
@example("1e999")
@example("1e-999")
@example("9007199254740991")
@example("9007199254740992")
@example("1000000000000.0000000000000000000000000000001")
@example("999999999999.99999999999999999999")
@fuzzed
def test_an_amount_as_text_is_itself_or_refused(text: str) -> None:
    """Never rounded, never cut: what is taken is what is written, digit for digit."""
    try:
        taken = validated(CaptureBody, read_json(b'{"amount":%s}' % text.encode())).amount
    except (MalformedJson, Problem):
        return
    assert taken is not None
    assert str(taken) == text
    assert 1 <= taken <= AMOUNT_MINOR_MAX


@given(st.text(max_size=4))
@example("EUR\n")
@example("eur")
@example("ＥＵＲ")  # noqa: RUF001 - full-width letters are the case at hand
@fuzzed
def test_a_currency_is_one_of_the_list_or_refused(code: str) -> None:
    try:
        taken = validated(CreatePaymentBody, {**CREATE, "currency": code}).currency
    except Problem:
        assert code not in EXPONENTS
        return
    assert taken == code
    assert code in EXPONENTS


@given(digits | st.text())
@example("4111111111111111\u00b2")
@example("\uff14111111111111111")
@example("41111111111111114111111111111111")
@example("4111 1111 1111 1111 4111 1111 1111 1111")
@fuzzed
def test_masking_leaves_no_card_number_and_changes_only_digits(text: str) -> None:
    masked = mask_card_numbers(text)
    assert not find_card_number(masked)
    assert len(masked) == len(text)
    assert all(
        new == old or (new == "*" and old.isdecimal())
        for new, old in zip(masked, text, strict=True)
    )
    assert mask_card_numbers(masked) == masked
    assert not find_card_number(json.loads(json.dumps(masked)))
