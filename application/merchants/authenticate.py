"""Who is asking? Answers from a bounded cache, so that a request costs no read of the log."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, TypeAlias

from application.merchants.register import Merchants
from application.operators.register import Operators
from application.ports.surroundings import Clock, Turns
from domain.api_versions import NEWEST
from domain.merchant.api_tokens import OF_OPERATOR, ApiToken, read_token
from domain.merchant.merchant import ApiKey, Merchant
from domain.merchant.rules import READ
from domain.operator.operator import Operator, OperatorKey
from domain.operator.rules import OPERATE

CACHED_S: Final = 20.0  # so long may a revoked key still be taken
LOOK_AGAIN_S: Final = 1.0  # after this, a key that the cache does not know is looked for again
CACHED_MERCHANTS_MAX: Final = 10_000  # and operators
CACHED_STRANGERS_MAX: Final = 1_000
OPERATORS_SCOPES: Final = frozenset({READ, OPERATE})

Holder: TypeAlias = Merchant | Operator

_NO_HASH: Final = "0" * 64


class NotAuthenticated(Exception):
    """No key, a malformed one, or one that is not valid: which of these is told to nobody."""


class ScopeMissing(Exception):
    """The key is valid, and is not meant for this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    merchant: str  # "" of an operator, who is none
    key_id: str
    scopes: frozenset[str]
    api_version: str  # the key's, where the request does not ask for another
    operator: str | None = None

    @property
    def sees(self) -> str | None:
        """Whose payments may be read; None: everybody's."""
        return self.merchant if self.operator is None else None

    def must_have(self, scope: str) -> None:
        """Raises ScopeMissing."""
        if scope not in self.scopes:
            raise ScopeMissing(scope)


@dataclass(frozen=True, slots=True)
class _Entry:
    holder: Holder | None
    read_at: float


class _Cache:
    """Longest unused out first. Strangers live apart, so that guesses push no holder out. Names are
    of a kind and a holder: an operator is never taken for a merchant of the same id."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Entry] = OrderedDict()
        self._strangers: OrderedDict[str, _Entry] = OrderedDict()

    def get(self, name: str) -> _Entry | None:
        for entries in (self._known, self._strangers):
            entry = entries.get(name)
            if entry is not None:
                entries.move_to_end(name)
                return entry
        return None

    def put(self, name: str, entry: _Entry) -> None:
        self._known.pop(name, None)
        self._strangers.pop(name, None)
        is_stranger = entry.holder is None
        entries = self._strangers if is_stranger else self._known
        entries[name] = entry
        if len(entries) > (CACHED_STRANGERS_MAX if is_stranger else CACHED_MERCHANTS_MAX):
            entries.popitem(last=False)


class Authentication:
    def __init__(
        self, merchants: Merchants, operators: Operators, *, clock: Clock, turns: Turns
    ) -> None:
        self._merchants, self._operators = merchants, operators
        self._clock, self._turns = clock, turns
        self._cache = _Cache()

    async def principal(self, text: str) -> Principal:
        """Whom this key belongs to. Raises NotAuthenticated, StoreUnavailable."""
        token = read_token(text)
        if token is None:
            raise NotAuthenticated("malformed")
        entry = self._cache.get(_name(token))
        if entry is None or not self._may_answer(entry, token):
            entry = await self._read(token)
        key = _key_of(entry, token)
        # Compared also where there is no key, so that the time tells nothing.
        expected = _NO_HASH if key is None else key.secret_hash
        is_same = hmac.compare_digest(expected, token.secret_hash)
        if key is None or not is_same or not key.is_valid:
            raise NotAuthenticated("no such valid key")
        if isinstance(key, OperatorKey):
            return Principal(
                merchant="", operator=token.holder, key_id=key.id, scopes=OPERATORS_SCOPES,
                api_version=NEWEST,
            )  # fmt: skip
        return Principal(
            merchant=token.holder, key_id=key.id, scopes=key.scopes, api_version=key.api_version
        )

    def _may_answer(self, entry: _Entry, token: ApiToken) -> bool:
        """A key that is unknown here may have been issued since."""
        age_s = self._clock.monotonic() - entry.read_at
        return age_s < (CACHED_S if _key_of(entry, token) is not None else LOOK_AGAIN_S)

    async def _read(self, token: ApiToken) -> _Entry:
        """One read per holder at a time, whoever waits for it."""
        name = _name(token)
        async with self._turns.of(f"authenticate-{name}"):
            entry = self._cache.get(name)
            if entry is None or not self._may_answer(entry, token):
                read_at = self._clock.monotonic()
                entry = _Entry(await self._find(token), read_at)
                self._cache.put(name, entry)
            return entry

    async def _find(self, token: ApiToken) -> Holder | None:
        if token.kind == OF_OPERATOR:
            return await self._operators.find(token.holder)
        return await self._merchants.find(token.holder)


def _name(token: ApiToken) -> str:
    return f"{token.kind}_{token.holder}"


def _key_of(entry: _Entry, token: ApiToken) -> ApiKey | OperatorKey | None:
    return None if entry.holder is None else entry.holder.keys.get(token.key_id)
