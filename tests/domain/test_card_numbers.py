"""Card numbers are found and masked exactly as the rule says."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.card_numbers import find_card_number, luhn_valid, mask_card_numbers

VISA = "4111111111111111"


def with_check_digit(body: str) -> str:
    return next(body + digit for digit in "0123456789" if luhn_valid(body + digit))


card_numbers = st.builds(
    lambda first, rest: with_check_digit(first + rest),
    st.sampled_from("23456"),
    st.text("0123456789", min_size=11, max_size=17),
)


def grouped(number: str, sizes: list[int], separators: list[str]) -> str:
    out, at = "", 0
    for size, separator in zip(sizes, separators, strict=False):
        if at + size >= len(number):
            break
        out += number[at : at + size] + separator
        at += size
    return out + number[at:]


@pytest.mark.parametrize(
    "text",
    [
        VISA,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111-1111 1111-1111",
        "paid with 5555555555554444.",
        "amex 378282246310005",
        "2223003122003222",
        "6011111111111117",
        "6011000990139424",  # nines are nines where they are not doubled
        "30569309025904",
        "6304000000000000000",  # 19 digits
        "7 books, 4111111111111111",
        "4222222222222",  # 13 digits
        "tok_4111111111111111",  # an underscore is no letter
        "4111 1111 1111 1111 12",  # the number ends before the last group
        "12 4111 1111 1111 1111",
        "(4111111111111111)",
        "４１１１１１１１１１１１１１１１",  # noqa: RUF001 - full-width digits are the case at hand
    ],
)
def test_a_card_number_is_found(text: str) -> None:
    assert find_card_number(text)
    assert not find_card_number(mask_card_numbers(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # not Luhn-valid
        "1111111111111117",  # starts with 1
        "7111111111111111",  # starts with 7
        "411111111111",  # 12 digits
        with_check_digit("4" + 18 * "1"),  # 20 digits
        "4111 1111  1111 1111",  # two spaces
        "4111--1111-1111-1111",
        "x4111111111111111",
        "4111111111111111x",
        "4111 1111 1111 1111é",
        "94111111111111111",  # a longer run of 17 digits that is no number itself
        "4111.1111.1111.1111",
        "2024-05-17T10:11:12.123456Z",
        "00000000-0000-4000-8000-000000000000",
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert not find_card_number(text)
    assert mask_card_numbers(text) == text


def test_masking_keeps_everything_but_the_digits() -> None:
    assert (
        mask_card_numbers("card 4111-1111 1111-1111, 42 EUR") == "card ****-**** ****-****, 42 EUR"
    )


def test_two_numbers_in_one_text_are_both_masked() -> None:
    assert mask_card_numbers(f"{VISA}/{VISA}") == "*" * 16 + "/" + "*" * 16


@given(card_numbers, st.lists(st.integers(1, 6), max_size=18), st.data())
def test_every_valid_number_is_found_however_grouped(
    number: str, sizes: list[int], data: st.DataObject
) -> None:
    separators = data.draw(
        st.lists(st.sampled_from(" -"), min_size=len(sizes), max_size=len(sizes))
    )
    assert find_card_number("no. " + grouped(number, sizes, separators) + "!")


@given(card_numbers, st.sampled_from("aZ9é"), st.booleans())
def test_a_number_that_touches_a_letter_or_is_part_of_a_longer_run_is_none(
    number: str, neighbour: str, before: bool
) -> None:
    text = neighbour + number if before else number + neighbour
    longer = re.fullmatch(r"[2-6]\d{12,18}", text) is not None and luhn_valid(text)
    assert find_card_number(text) == longer


@given(st.text(st.sampled_from("0123456789 -x"), max_size=120))
@example("4111 1111 1111 1111 2222 2222 2")
def test_after_masking_nothing_is_found_and_only_digits_changed(text: str) -> None:
    masked = mask_card_numbers(text)
    assert not find_card_number(masked)
    assert (masked == text) != find_card_number(text)
    assert all(
        new == old or (new == "*" and old.isdigit()) for new, old in zip(masked, text, strict=True)
    )
