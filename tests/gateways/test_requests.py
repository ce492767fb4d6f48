"""The bytes of a request are pinned: what is open when a new release starts is repeated by it."""

from hashlib import sha256
from uuid import UUID

import pytest

from adapters.gateways.requests import prepared
from application.ports.gateways import ChargeRequest
from domain.money import Money
from domain.payment.method import PaymentMethod
from tests.gateways.building import operation_request

KEY = UUID("5f0f6a52-0f2f-4a5e-9d39-8b2f2c6a1f00")
PAYMENT = UUID("0e0f6a52-0f2f-4a5e-9d39-8b2f2c6a1f00")


def test_a_charge() -> None:
    method = PaymentMethod(type="card", token="tok_é", bank=None, brand="visa", last4="4242")
    request = ChargeRequest(
        key=KEY, payment=PAYMENT, amount=Money(500, "JPY"), method=method, capture=False
    )
    sent = prepared(request)
    assert (sent.key, sent.kind, sent.path) == (KEY, "charge", "/v1/charges")
    assert sent.body.decode() == (
        '{"amount":500,"bank":null,"capture":false,"currency":"JPY",'
        '"key":"5f0f6a52-0f2f-4a5e-9d39-8b2f2c6a1f00","method":"card","method_token":"tok_é",'
        '"payment_id":"0e0f6a52-0f2f-4a5e-9d39-8b2f2c6a1f00"}'
    )
    assert sent.digest == sha256(b"/v1/charges\n" + sent.body).hexdigest()


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("capture", "/v1/charges/ch_1/capture"),
        ("void", "/v1/charges/ch_1/void"),
        ("refund", "/v1/charges/ch_1/refunds"),
    ],
)
def test_an_operation(kind: str, path: str) -> None:
    sent = prepared(operation_request(kind, "ch_1", 700, key=KEY))
    assert (sent.kind, sent.path) == (kind, path)
    assert sent.body == b'{"amount":700,"key":"5f0f6a52-0f2f-4a5e-9d39-8b2f2c6a1f00"}'
    assert sent.digest == sha256(path.encode() + b"\n" + sent.body).hexdigest()


def test_the_same_amount_of_another_charge_has_another_digest() -> None:
    one = prepared(operation_request("refund", "ch_1", 700, key=KEY))
    other = prepared(operation_request("refund", "ch_2", 700, key=KEY))
    assert one.body == other.body
    assert one.digest != other.digest


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="payout"):
        prepared(operation_request("payout", "ch_1", 1))
