"""What a merchant is after its facts, and what may be decided about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from domain.api_versions import PUBLISHED
from domain.merchant.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    MerchantEvent,
    MerchantRegistered,
)
from domain.merchant.rules import (
    ISSUED_KEYS_MAX,
    NAME_CHARACTERS_MAX,
    SCOPES,
    VALID_KEYS_MAX,
    InvalidMerchant,
    InvalidScopes,
    MerchantExists,
    TooManyKeys,
    UnknownKey,
    UnknownMerchant,
    UnknownVersion,
)

_ID: Final = re.compile(r"[a-z0-9]{3,40}")


class ImpossibleMerchant(Exception):
    """A stream whose facts do not follow from each other: refused, never guessed at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: str
    secret_hash: str  # SHA-256, hex
    scopes: frozenset[str]
    api_version: str
    issued_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """`keys` by id, in the order of their issue, revoked ones included."""

    id: str
    name: str
    registered_at: datetime
    keys: Mapping[str, ApiKey] = field(default_factory=dict)

    @property
    def valid_keys(self) -> list[ApiKey]:
        return [one for one in self.keys.values() if one.is_valid]


def is_merchant_id(text: str) -> bool:
    """3 to 40 lower-case letters and digits."""
    return _ID.fullmatch(text) is not None


def evolve(merchant: Merchant | None, event: MerchantEvent) -> Merchant:
    """The merchant after one more fact. Raises ImpossibleMerchant."""
    if isinstance(event, MerchantRegistered):
        if merchant is not None:
            raise ImpossibleMerchant(f"{event.merchant} is registered twice")
        return Merchant(id=event.merchant, name=event.name, registered_at=event.at)
    if merchant is None:
        raise ImpossibleMerchant(f"{type(event).__name__} opens no merchant")
    return replace(merchant, keys={**merchant.keys, event.key_id: _key(merchant, event)})


def _key(merchant: Merchant, event: ApiKeyIssued | ApiKeyRevoked) -> ApiKey:
    before = merchant.keys.get(event.key_id)
    if isinstance(event, ApiKeyRevoked):
        if before is None or not before.is_valid:
            raise ImpossibleMerchant(f"{merchant.id} has no valid key {event.key_id} to revoke")
        return replace(before, revoked_at=event.at)
    if before is not None:
        raise ImpossibleMerchant(f"{merchant.id} was issued key {event.key_id} twice")
    return ApiKey(
        id=event.key_id,
        secret_hash=event.secret_hash,
        scopes=frozenset(event.scopes) & SCOPES,  # whatever else it was once issued with
        api_version=event.api_version,
        issued_at=event.at,
    )


def fold(events: Iterable[MerchantEvent]) -> Merchant | None:
    """None where there are no facts. Raises ImpossibleMerchant."""
    merchant: Merchant | None = None
    for event in events:
        merchant = evolve(merchant, event)
    return merchant


def register(
    merchant: Merchant | None, *, merchant_id: str, name: str, now: datetime
) -> list[MerchantEvent]:
    """Raises MerchantExists, InvalidMerchant."""
    if merchant is not None:
        raise MerchantExists(f"merchant {merchant.id} is registered already")
    if not is_merchant_id(merchant_id):
        raise InvalidMerchant("a merchant's id is 3 to 40 lower-case letters and digits")
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise InvalidMerchant(
            f"a merchant's name is 1 to {NAME_CHARACTERS_MAX} printable characters"
        )
    return [MerchantRegistered(merchant=merchant_id, name=name, at=now)]


def issue_key(
    merchant: Merchant | None,
    *,
    key_id: str,
    secret_hash: str,
    scopes: Iterable[str],
    api_version: str,
    now: datetime,
) -> list[MerchantEvent]:
    """Raises UnknownMerchant, TooManyKeys, InvalidScopes, UnknownVersion."""
    known = _registered(merchant)
    wished = frozenset(scopes)
    if not wished or not wished <= SCOPES:
        raise InvalidScopes(f"scopes are one or more of {', '.join(sorted(SCOPES))}")
    if api_version not in PUBLISHED:
        raise UnknownVersion(f"versions of the API are {', '.join(PUBLISHED)}")
    if len(known.valid_keys) >= VALID_KEYS_MAX:
        raise TooManyKeys(f"{known.id} has {VALID_KEYS_MAX} valid keys: revoke one first")
    if len(known.keys) >= ISSUED_KEYS_MAX:
        raise TooManyKeys(f"{known.id} was issued {ISSUED_KEYS_MAX} keys already")
    issued = ApiKeyIssued(
        key_id=key_id,
        secret_hash=secret_hash,
        scopes=tuple(sorted(wished)),
        api_version=api_version,
        at=now,
    )
    return [issued]


def revoke_key(merchant: Merchant | None, *, key_id: str, now: datetime) -> list[MerchantEvent]:
    """[] for a key that was revoked before. Raises UnknownMerchant, UnknownKey."""
    known = _registered(merchant)
    key = known.keys.get(key_id)
    if key is None:
        raise UnknownKey(f"{known.id} has no key {key_id}")
    return [ApiKeyRevoked(key_id=key_id, at=now)] if key.is_valid else []


def _registered(merchant: Merchant | None) -> Merchant:
    if merchant is None:
        raise UnknownMerchant("no such merchant")
    return merchant
