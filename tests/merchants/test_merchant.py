"""What may be decided about a merchant, and what follows from its facts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.codec import merchant_codec
from domain.event_types import UnknownEvent
from domain.merchant.api_tokens import ApiToken, read_token
from domain.merchant.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    MerchantEvent,
    MerchantRegistered,
)
from domain.merchant.merchant import (
    ImpossibleMerchant,
    Merchant,
    fold,
    issue_key,
    register,
    revoke_key,
)
from domain.merchant.rules import (
    ISSUED_KEYS_MAX,
    READ,
    WRITE,
    InvalidMerchant,
    InvalidScopes,
    MerchantExists,
    TooManyKeys,
    UnknownKey,
    UnknownMerchant,
)
from domain.merchant.versions import MERCHANT_EVENTS

V = "2026-12-01"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HASH = "ab" * 32
registered = MerchantRegistered(merchant="alma", name="Alma", at=NOW)


def issued(key_id: str) -> ApiKeyIssued:
    return ApiKeyIssued(key_id=key_id, secret_hash=HASH, scopes=(READ,), api_version=V, at=NOW)


def revoked(key_id: str) -> ApiKeyRevoked:
    return ApiKeyRevoked(key_id=key_id, at=NOW)


def ask_for_key(merchant: Merchant | None, *scopes: str) -> list[MerchantEvent]:
    return issue_key(
        merchant, key_id="new", secret_hash=HASH, scopes=scopes or (READ,), api_version=V, now=NOW
    )


def test_a_merchant_is_registered_once() -> None:
    assert register(None, merchant_id="alma", name="Alma", now=NOW) == [registered]
    with pytest.raises(MerchantExists):
        register(fold([registered]), merchant_id="alma", name="Alma", now=NOW)


@pytest.mark.parametrize(
    ("merchant_id", "name"),
    [
        ("al", "Alma"),
        ("a" * 41, "Alma"),
        ("Alma", "Alma"),
        ("al_ma", "Alma"),
        ("al-ma", "Alma"),
        ("alma\n", "Alma"),
        ("", "Alma"),
        ("\u0661\u0662\u0663", "Alma"),
        ("alma", ""),
        ("alma", "A" * 201),
        ("alma", "Al\nma"),
        ("alma", "Al\x00ma"),
    ],
)
def test_ids_and_names_have_their_form(merchant_id: str, name: str) -> None:
    with pytest.raises(InvalidMerchant):
        register(None, merchant_id=merchant_id, name=name, now=NOW)


def test_two_keys_are_valid_at_a_time() -> None:
    two = fold([registered, issued("a"), issued("b")])
    with pytest.raises(TooManyKeys):
        ask_for_key(two)
    rotated = fold([registered, issued("a"), issued("b"), revoked("a")])
    assert ask_for_key(rotated) == [issued("new")]


def test_a_life_has_its_number_of_keys() -> None:
    facts: list[MerchantEvent] = [registered]
    for number in range(ISSUED_KEYS_MAX):
        facts += [issued(f"k{number}"), revoked(f"k{number}")]
    with pytest.raises(TooManyKeys):
        ask_for_key(fold(facts))


def test_scopes_are_known_ones_in_order() -> None:
    events = ask_for_key(fold([registered]), WRITE, READ, WRITE)
    assert [one.scopes for one in events if isinstance(one, ApiKeyIssued)] == [(READ, WRITE)]
    with pytest.raises(InvalidScopes):
        ask_for_key(fold([registered]), "payments:steal")
    with pytest.raises(InvalidScopes):
        issue_key(
            fold([registered]), key_id="x", secret_hash=HASH, scopes=(), api_version=V, now=NOW
        )


def test_revoking_twice_is_revoking_once() -> None:
    one = fold([registered, issued("a")])
    assert revoke_key(one, key_id="a", now=NOW) == [revoked("a")]
    assert revoke_key(fold([registered, issued("a"), revoked("a")]), key_id="a", now=NOW) == []
    with pytest.raises(UnknownKey):
        revoke_key(one, key_id="b", now=NOW)


def test_nobody_has_no_keys() -> None:
    with pytest.raises(UnknownMerchant):
        ask_for_key(None)
    with pytest.raises(UnknownMerchant):
        revoke_key(None, key_id="a", now=NOW)


@pytest.mark.parametrize(
    "facts",
    [
        [issued("a")],
        [registered, registered],
        [registered, revoked("a")],
        [registered, issued("a"), issued("a")],
        [registered, issued("a"), revoked("a"), revoked("a")],
    ],
)
def test_an_impossible_history_is_refused(facts: list[MerchantEvent]) -> None:
    with pytest.raises(ImpossibleMerchant):
        fold(facts)


def test_a_token_is_read_as_it_was_written() -> None:
    token = ApiToken(holder="alma7", key_id="0" * 12, secret="f" * 64)
    assert read_token(token.text) == token
    assert token.text == f"ik_alma7_{'0' * 12}_{'f' * 64}"
    assert "f" * 64 not in repr(token)


@pytest.mark.parametrize("change", [" {}", "{} ", "{}\n", "x{}", "{}0", "I{}"])
def test_no_other_text_is_a_token(change: str) -> None:
    text = ApiToken(holder="alma", key_id="0" * 12, secret="f" * 64).text
    assert read_token(change.format(text)) is None


@pytest.mark.parametrize("fact", [registered, issued("a"), revoked("a")])
def test_facts_come_back_as_they_went(fact: MerchantEvent) -> None:
    codec = merchant_codec()
    name, version, data = codec.encode(fact)
    assert (name, version) == (type(fact).__name__, MERCHANT_EVENTS.newest_version(name))
    assert codec.decode(name, version, data) == fact
    with pytest.raises(UnknownEvent):
        codec.decode(name, version + 1, data)
    with pytest.raises(UnknownEvent):
        codec.decode("PaymentInitiated", 1, data)
    with pytest.raises(ValueError, match="required field"):
        codec.decode(name, version, b"{}")
