"""Who is asking? Answers from a bounded cache, so that a request costs no read of the log."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from application.merchants.register import Merchants
from application.ports.surroundings import Clock, Turns
from domain.merchant.api_tokens import ApiToken, read_token
from domain.merchant.merchant import ApiKey, Merchant

CACHED_S: Final = 20.0  # so long may a revoked key still be taken
LOOK_AGAIN_S: Final = 1.0  # after this, a key that the cache does not know is looked for again
CACHED_MERCHANTS_MAX: Final = 10_000
CACHED_STRANGERS_MAX: Final = 1_000

_NO_HASH: Final = "0" * 64


class NotAuthenticated(Exception):
    """No key, a malformed one, or one that is not valid: which of these is told to nobody."""


class ScopeMissing(Exception):
    """The key is valid, and is not meant for this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    merchant: str
    key_id: str
    scopes: frozenset[str]
    api_version: str  # the key's, where the request does not ask for another

    def must_have(self, scope: str) -> None:
        """Raises ScopeMissing."""
        if scope not in self.scopes:
            raise ScopeMissing(scope)


@dataclass(frozen=True, slots=True)
class _Entry:
    merchant: Merchant | None
    read_at: float


class _Cache:
    """Longest unused out first. Strangers live apart, so that guesses push no merchant out."""

    def __init__(self) -> None:
        self._merchants: OrderedDict[str, _Entry] = OrderedDict()
        self._strangers: OrderedDict[str, _Entry] = OrderedDict()

    def get(self, merchant: str) -> _Entry | None:
        for entries in (self._merchants, self._strangers):
            entry = entries.get(merchant)
            if entry is not None:
                entries.move_to_end(merchant)
                return entry
        return None

    def put(self, merchant: str, entry: _Entry) -> None:
        self._merchants.pop(merchant, None)
        self._strangers.pop(merchant, None)
        is_stranger = entry.merchant is None
        entries = self._strangers if is_stranger else self._merchants
        entries[merchant] = entry
        if len(entries) > (CACHED_STRANGERS_MAX if is_stranger else CACHED_MERCHANTS_MAX):
            entries.popitem(last=False)


class Authentication:
    def __init__(self, merchants: Merchants, *, clock: Clock, turns: Turns) -> None:
        self._merchants, self._clock, self._turns = merchants, clock, turns
        self._cache = _Cache()

    async def principal(self, text: str) -> Principal:
        """Whom this API key belongs to. Raises NotAuthenticated, StoreUnavailable."""
        token = read_token(text)
        if token is None:
            raise NotAuthenticated("malformed")
        entry = self._cache.get(token.merchant)
        if entry is None or not self._may_answer(entry, token):
            entry = await self._read(token)
        key = _key_of(entry, token)
        # Compared also where there is no key, so that the time tells nothing.
        expected = _NO_HASH if key is None else key.secret_hash
        is_same = hmac.compare_digest(expected, token.secret_hash)
        if key is None or not is_same or not key.is_valid:
            raise NotAuthenticated("no such valid key")
        return Principal(
            merchant=token.merchant, key_id=key.id, scopes=key.scopes, api_version=key.api_version
        )

    def _may_answer(self, entry: _Entry, token: ApiToken) -> bool:
        """A key that is unknown here may have been issued since."""
        age_s = self._clock.monotonic() - entry.read_at
        return age_s < (CACHED_S if _key_of(entry, token) is not None else LOOK_AGAIN_S)

    async def _read(self, token: ApiToken) -> _Entry:
        """One read per merchant at a time, whoever waits for it."""
        async with self._turns.of(f"authenticate-{token.merchant}"):
            entry = self._cache.get(token.merchant)
            if entry is None or not self._may_answer(entry, token):
                read_at = self._clock.monotonic()
                entry = _Entry(await self._merchants.find(token.merchant), read_at)
                self._cache.put(token.merchant, entry)
            return entry


def _key_of(entry: _Entry, token: ApiToken) -> ApiKey | None:
    return None if entry.merchant is None else entry.merchant.keys.get(token.key_id)
