"""Names and scopes of merchants at the very edge of what they may be."""

from __future__ import annotations

from typing import Any

import pytest

from domain.merchant.merchant import fold, issue_key, register
from domain.merchant.rules import SCOPES, InvalidMerchant, InvalidScopes
from tests.domain.facts import T0

V = "2026-12-01"


def registered(name: str, merchant_id: str = "alma") -> Any:
    return register(None, merchant_id=merchant_id, name=name, now=T0)


@pytest.mark.parametrize("name", ["A", "A" * 200, "\u0410\u043b\u043c\u0430"])
def test_names_that_are_just_right(name: str) -> None:
    (fact,) = registered(name)

    assert fact.name == name


@pytest.mark.parametrize("name", ["", "A" * 201, "A\n", "\x00"])
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(InvalidMerchant):
        registered(name)


def test_a_key_may_have_all_scopes_and_no_others() -> None:
    merchant = fold(registered("Alma"))
    (fact,) = issue_key(
        merchant, key_id="k", secret_hash="0" * 64, scopes=SCOPES, api_version=V, now=T0
    )

    assert set(getattr(fact, "scopes", ())) == SCOPES
    with pytest.raises(InvalidScopes):
        issue_key(
            merchant,
            key_id="k",
            secret_hash="0" * 64,
            scopes=(*SCOPES, "all"),
            api_version=V,
            now=T0,
        )
