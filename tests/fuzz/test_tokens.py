"""Cursors and positions: what was given out is read back, anything else is a 400."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.http.problems import Problem
from api.http.tokens import (
    NUMBER_MAX,
    At,
    payment_cursor,
    payment_in_path,
    read_at,
    read_payment_cursor,
    read_refund_cursor,
    read_revision_cursor,
    refund_cursor,
    revision_cursor,
)
from application.payments.log import UnknownPayment
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutation_of_json import almost, anything

AT: Final = {"s": "memory", "p": 7, "i": "0f3c1a3e5c545a9c8f0e1d0f5d2a7c11", "r": 3}
PAYMENT: Final = {"after": "pay_0f3c1a3e5c545a9c8f0e1d0f5d2a7c11"}
READERS: Final[tuple[Callable[[str], Any], ...]] = (
    read_payment_cursor,
    read_refund_cursor,
    read_revision_cursor,
    lambda text: read_at(text, store="memory"),
)
numbers = st.integers(0, NUMBER_MAX)


def token(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


tokens = st.one_of(
    *(almost(one).map(token) for one in (AT, PAYMENT, {"after": 7})),
    anything.map(lambda one: token(json.dumps(one).encode())),
    st.binary().map(token),
    st.text(),
)


@given(tokens)
@example(token(b"[" * 380))
@example(token(b'{"after":' + b"[" * 370))
@example(token(b'{"after":1e400}'))
@example(token(b'{"after":true}'))
@example(token(b'{"after":-1}'))
@example(token(b'{"after":9223372036854775808}'))
@example(token(b'{"after":"\\ud800"}'))
@example(token(b"1" * 380))
@example(token(b'{"s":"memory","p":7,"i":"{0f3c1a3e-5c54-5a9c-8f0e-1d0f5d2a7c11}","r":3}'))
@example("A")
@example("AA==")
@fuzzed
def test_any_text_is_read_or_a_400(text: str) -> None:
    for read in READERS:
        try:
            read(text)
        except Problem as refused:
            status = refused.status
        else:
            status = 200
        assert status in (200, 400)


@given(st.uuids(), numbers, numbers, st.text(max_size=40))
@fuzzed
def test_what_is_given_out_is_read_back(
    payment: UUID, position: int, revision: int, store: str
) -> None:
    at = At(store=store, position=position, payment=payment, revision=revision)

    assert read_at(at.encode(), store=store) == at
    assert read_payment_cursor(payment_cursor(payment)) == payment
    assert read_refund_cursor(refund_cursor(f"re_{payment.hex}")) == f"re_{payment.hex}"
    assert read_revision_cursor(revision_cursor(revision)) == revision
    with pytest.raises(Problem):
        read_at(at.encode(), store=store + "x")


@given(st.text() | st.uuids().map(str) | st.from_regex("pay_[0-9a-fA-F]{31,33}\n?"))
@example("pay_" + "0" * 32 + "\n")
@example("pay_" + "\u0660" * 32)
@fuzzed
def test_an_id_in_a_path_is_one_of_ours_or_unknown(text: str) -> None:
    try:
        payment = payment_in_path(text)
    except UnknownPayment:
        return
    assert text == f"pay_{payment.hex}"
