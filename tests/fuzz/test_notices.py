"""Notices of gateways: what is not signed leaves nothing, what is signed is kept whatever it says,
and no card number with it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.simulator.notices import secret_bytes, signed_headers
from application.notices.reading import EXCERPT_CHARACTERS_MAX, read_claims
from application.notices.signature import BadSignature, SignedNotice, SigningSecret, verify
from domain.card_numbers import find_card_number
from tests.api.shop import NOTICE_SECRET
from tests.fuzz.budget import ALWAYS, EXAMPLES, fuzzed, seeded
from tests.fuzz.mutation_of_json import DEEP, almost, anything
from tests.fuzz.world import BASE_URL, World, open_world

NOTICE: Final = {
    "id": "evt_1",
    "type": "charge.captured",
    "key": "6b1f6a1e-3c54-5a9c-8f0e-1d0f5d2a7c11",
    "payment_id": "pay_0f3c1a3e5c545a9c8f0e1d0f5d2a7c11",
    "status": "captured",
    "amount": 1999,
    "message": "card 4111 1111 1111 1111",
}
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET: Final = SigningSecret.read(NOTICE_SECRET)
bodies = almost(NOTICE) | st.binary() | anything.map(lambda one: json.dumps(one).encode())
headers = st.text(st.characters(max_codepoint=255), max_size=80)


def signed(body: bytes, notice_id: str = "evt_1", at_s: int | None = None) -> dict[str, str]:
    when_s = int(NOW.timestamp()) if at_s is None else at_s
    return signed_headers(secret_bytes(NOTICE_SECRET), notice_id, when_s, body)


def notice(told: dict[str, str], body: bytes) -> SignedNotice:
    return SignedNotice(
        id=told["webhook-id"],
        timestamp=told["webhook-timestamp"],
        signatures=told["webhook-signature"],
        body=body,
    )


def is_taken(one: SignedNotice) -> bool:
    try:
        verify(one, [SECRET], now=NOW)
    except BadSignature:
        return False
    return True


@given(headers, headers, headers, st.binary())
@example("evt_1", "9" * 12, "v1,", b"")
@example("evt_1", "1772366400", "v1,\u00e9", b"")
@example("evt_1", "\u00b2", "v1,", b"")
@fuzzed
def test_nobody_else_can_sign(name: str, timestamp: str, signatures: str, body: bytes) -> None:
    assert not is_taken(
        SignedNotice(id=name, timestamp=timestamp, signatures=signatures, body=body)
    )


@given(bodies, st.sampled_from(["id", "timestamp", "signature", "body"]), st.data())
@fuzzed
def test_every_bit_counts(body: bytes, where: str, data: st.DataObject) -> None:
    told = signed(body)
    assert is_taken(notice(told, body))
    if where == "body":
        place = data.draw(st.integers(0, len(body)))
        assert not is_taken(notice(told, body[:place] + b"x" + body[place:]))
        return
    name = f"webhook-{where}"
    if where == "signature":
        mac = bytearray(base64.b64decode(told[name].removeprefix("v1,")))
        mac[data.draw(st.integers(0, len(mac) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        told[name] = "v1," + base64.b64encode(bytes(mac)).decode()
    else:
        told[name] += data.draw(st.sampled_from("0123456789"))
    assert not is_taken(notice(told, body))


@given(bodies)
@example(DEEP)
@example(b'{"type":' + DEEP)
@example(b'{"type":"4111111111111111","status":"4111-1111-1111-1111"}')
@example(b'{"type":"4111111111111111\\n"}')
@example(b'{"message":"\\u0034111111111111111"}')
@fuzzed
def test_whatever_is_claimed_is_bounded_and_without_card_numbers(body: bytes) -> None:
    claims = read_claims(body)
    said = asdict(claims)
    words = said.pop("claim")  # its identifiers are the gateway's: compared, and kept as they are
    told = {name: one for name, one in said.items() if not isinstance(one, UUID)}
    assert not find_card_number(repr((told, words["kind"], words["status"])))
    assert len(claims.excerpt) <= EXCERPT_CHARACTERS_MAX
    assert claims.type is None or len(claims.type) <= 100
    json.dumps(told).encode()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with open_world() as opened:
        yield opened


def deliver(world: World, told: dict[str, str], body: bytes) -> httpx.Response:
    sent = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    return world.send("POST", f"{BASE_URL}/v1/webhooks/stripe", sent, body)


@pytest.mark.slow
@given(body=bodies, name=st.integers(0, 10**9), spoilt=headers | st.none())
@seeded
@settings(ALWAYS, max_examples=EXAMPLES)
def test_over_http_a_signed_notice_is_kept_once_and_no_other_at_all(
    world: World, body: bytes, name: int, spoilt: str | None
) -> None:
    told = signed(body, f"evt_{name}", int(datetime.now(UTC).timestamp()))
    before = world.head()
    if spoilt is not None:
        answer = deliver(world, {**told, "webhook-signature": spoilt}, body)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
        assert world.head() == before
        return
    answers = [deliver(world, told, body) for _ in range(2)]
    assert {one.status_code for one in answers} == {200}
    assert world.head() <= before + 1
