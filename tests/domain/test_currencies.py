"""The generated table says what the iso4217 package says."""

from __future__ import annotations

from iso4217 import Currency

from domain.currencies import EXPONENTS


def test_the_table_is_the_one_of_the_package() -> None:
    known = {one.code: one.exponent for one in Currency if one.exponent is not None}

    assert known == EXPONENTS
    assert list(EXPONENTS) == sorted(EXPONENTS)


def test_the_exponents_that_people_get_wrong() -> None:
    assert {code: EXPONENTS[code] for code in ("JPY", "BHD", "EUR", "CLF")} == {
        "JPY": 0,
        "BHD": 3,
        "EUR": 2,
        "CLF": 4,
    }
