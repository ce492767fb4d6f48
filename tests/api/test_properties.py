"""For whatever bytes come: read, screened, validated and fingerprinted, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from api.http.keys import idempotency_key
from api.http.models import CreatePaymentBody, validated
from api.http.problems import Problem, problem_response
from api.http.screening import screen
from api.http.strict_json import MalformedJson, read_json
from api.http.tokens import (
    read_at,
    read_payment_cursor,
    read_refund_cursor,
    read_revision_cursor,
)
from tests.api.bad_bodies import CARD
from tests.api.shop import CREATE

SCRAPS = ("4111", "1111", " ", "-", "\u0085", "\x7f", "\u0661", "tok", "\ud83d\ude00", "\ud800")
texts = st.text() | st.lists(st.sampled_from(SCRAPS)).map("".join) | st.just(CARD)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=8,
)
MANY = settings(max_examples=100)
bodies = st.dictionaries(st.sampled_from([*CREATE, "metadata", "customer", "x"]), values)


def check(body: bytes) -> None:
    try:
        value = read_json(body)
        screen(value)
        validated(CreatePaymentBody, value)
    except MalformedJson:
        return
    except Problem as refused:
        answer = problem_response(refused, "req_1")
        assert 400 <= answer.status_code < 500
        assert CARD not in bytes(answer.body).decode()
    else:
        assert read_json(rfc8785.dumps(value)) == value


@MANY
@given(st.binary())
def test_any_bytes(body: bytes) -> None:
    check(body)


@MANY
@given(values | bodies | bodies.map(lambda some: {**CREATE, **some}), st.booleans())
def test_any_json(value: Any, escaped: bool) -> None:
    check(json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass"))


@MANY
@given(st.lists(texts, max_size=2))
def test_any_key(values: list[str]) -> None:
    key, status = "", 0
    try:
        key = idempotency_key(values)
    except Problem as refused:
        status = refused.status
    if status:
        assert status == 400
        return
    assert 1 <= len(key) <= 255
    assert key.isascii()
    assert key.isprintable()
    assert idempotency_key([key]) == key or key.startswith('"')


@MANY
@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{2,200}", fullmatch=True))
def test_any_token(text: str) -> None:
    for read in (read_payment_cursor, read_refund_cursor, read_revision_cursor):
        with pytest.raises(Problem) as refused:
            read(text)
        assert refused.value.status == 400
    with pytest.raises(Problem) as refused:
        read_at(text, store="s")
    assert refused.value.status == 400
