"""The numbers and words that the design gives, said once more: a change must be meant."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from datetime import timedelta
from typing import Any

import pytest

from domain import log
from domain.gateway.answers import Declined, NotProcessed
from domain.gateway.capabilities import Capabilities
from domain.merchant import rules as merchants
from domain.payment import rules as payments
from domain.payment.decisions import charge
from domain.payment.rules import Rules
from tests.support.offers import offering

CARD = offering(currencies=frozenset({"EUR"}))


def test_the_times_of_the_orchestration() -> None:
    rules = Rules()

    assert rules.send_within == timedelta(seconds=2)
    assert rules.answer_within == timedelta(seconds=30)
    assert rules.clock_skew == timedelta(seconds=5)
    assert rules.taken_over_after == timedelta(seconds=35)
    assert rules.complete_within == timedelta(seconds=60)
    assert rules.latency_budget_s == 9.0
    assert rules.review_after == timedelta(days=3)
    assert rules.verify_first == timedelta(seconds=5)
    assert rules.verify_most == timedelta(minutes=60)


def test_the_pauses_between_tries() -> None:
    assert (charge.BACK_OFF_FIRST_S, charge.BACK_OFF_MOST_S) == (0.1, 2.0)


def test_the_bounds_of_a_payment() -> None:
    assert payments.CHARGE_TRIES_MAX == 4
    assert payments.TRIES_PER_GATEWAY_MAX == 3
    assert payments.FOLLOW_UP_TRIES_IN_REQUEST_MAX == 3
    assert payments.REFUSALS_PER_PAYMENT_MAX == 100
    assert payments.REPEATS_PER_KEY_MAX == 16


def test_the_bounds_of_a_merchant() -> None:
    assert merchants.VALID_KEYS_MAX == 2
    assert merchants.ISSUED_KEYS_MAX == 1_000
    assert merchants.NAME_CHARACTERS_MAX == 200
    assert {"payments:read", "payments:write"} == merchants.SCOPES


def test_nothing_that_a_gateway_offers_is_taken_for_granted() -> None:
    assert [one.name for one in fields(Capabilities) if _has_default(one)] == []


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


@pytest.mark.parametrize(
    ("asked", "why_not"),
    [
        ({"method": "card", "currency": "EUR", "manual": False}, None),
        ({"method": "card", "currency": "EUR", "manual": True}, None),
        ({"method": "upi", "currency": "EUR", "manual": False}, "method_not_supported"),
        ({"method": "card", "currency": "INR", "manual": False}, "currency_not_supported"),
    ],
)
def test_whom_a_gateway_serves(asked: dict[str, Any], why_not: str | None) -> None:
    assert CARD.serves(**asked) == why_not


def test_whom_a_gateway_without_holds_or_with_all_currencies_serves() -> None:
    only_at_once = offering(manual_capture=False)

    assert only_at_once.serves(method="card", currency="JPY", manual=False) is None
    assert (
        only_at_once.serves(method="card", currency="JPY", manual=True)
        == "manual_capture_not_supported"
    )


def test_what_a_no_says_unless_it_says_more() -> None:
    assert Declined(code="x") == Declined(
        code="x", network_code=None, message="", advice="do_not_try_again", reference=None
    )
    assert NotProcessed(code="x") == NotProcessed(
        code="x", message="", transient=True, retry_after_s=None
    )


def test_the_places_in_a_log() -> None:
    assert log.NO_STREAM == log.BEFORE_FIRST == -1
    assert set(log.STREAM_PREFIXES) == {
        "payment-", "gateway-", "policy-", "experiment-", "settlement-", "endpoint-", "merchant-",
        "projection-", "notice-", "dispute-", "installation-", "method-", "mandate-", "file-",
        "order-", "customer-", "root-", "proof-", "operator-",
    }  # fmt: skip
