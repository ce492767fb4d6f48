"""Codes are stable: what the trees in the docstrings say is what clients get."""

from __future__ import annotations

import re

import pytest

from domain.merchant.rules import MerchantRejected
from domain.operator.rules import OperatorRejected
from domain.payment.rules import PaymentRejected

CODES = {
    "PaymentRejected": "rejected",
    "AttemptStillOpen": "attempt_still_open",
    "NotCapturable": "not_capturable",
    "CaptureExceeds": "capture_exceeds_authorized",
    "NotRefundable": "not_refundable",
    "RefundExceeds": "refund_exceeds_captured",
    "RefundsNotOffered": "refunds_not_offered",
    "NotCancelable": "not_cancelable",
    "CurrencyDiffers": "currency_mismatch",
    "OperationStillOpen": "operation_still_open",
    "NoMoreTries": "no_more_tries",
    "MerchantRejected": "rejected",
    "UnknownMerchant": "unknown_merchant",
    "MerchantExists": "merchant_exists",
    "InvalidMerchant": "invalid_merchant",
    "InvalidScopes": "invalid_scopes",
    "TooManyKeys": "too_many_keys",
    "UnknownKey": "unknown_key",
    "UnknownVersion": "unknown_version",
    "OperatorRejected": "rejected",
    "UnknownOperator": "unknown_operator",
    "OperatorExists": "operator_exists",
    "InvalidOperator": "invalid_operator",
    "TooManyOperators": "too_many_operators",
    "TooManyOperatorKeys": "too_many_operator_keys",
    "UnknownOperatorKey": "unknown_operator_key",
}


@pytest.mark.parametrize("tree", [PaymentRejected, MerchantRejected, OperatorRejected])
def test_the_tree_of_the_docstring_is_the_tree_of_the_code(
    tree: type[PaymentRejected] | type[MerchantRejected] | type[OperatorRejected],
) -> None:
    said = dict(re.findall(r"\+-- (\w+) +(\w+)", tree.__doc__ or ""))

    assert said == {one.__name__: one.code for one in tree.__subclasses__()}
    for one in (tree, *tree.__subclasses__()):
        assert one.code == CODES[one.__name__]


def test_no_two_refusals_share_a_code() -> None:
    codes = [CODES[one] for one in CODES if not one.endswith("Rejected")]

    assert len(set(codes)) == len(codes)
