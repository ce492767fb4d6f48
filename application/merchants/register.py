"""Registers merchants, issues and revokes their API keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from application.fact_log import Author, FactLog
from application.ports.event_store import WrongRevision
from application.ports.surroundings import Clock, Ids, Secrets
from domain.api_versions import newest_in
from domain.merchant.api_tokens import KEY_ID_BYTES, SECRET_BYTES, ApiToken
from domain.merchant.events import MerchantEvent
from domain.merchant.merchant import Merchant, fold, issue_key, register, revoke_key
from domain.merchant.rules import READ, WRITE

ROUNDS_MAX: Final = 8
ORDINARY_SCOPES: Final = (READ, WRITE)

Decide: TypeAlias = Callable[[Merchant | None], Sequence[MerchantEvent]]


class MerchantBusy(Exception):
    """Others changed the merchant again and again; nothing of this command was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """`text` is shown this once and kept nowhere."""

    key_id: str
    text: str = field(repr=False)


def stream_of(merchant: str) -> str:
    return f"merchant-{merchant}"


class Merchants:
    """Every change raises MerchantRejected, MerchantBusy or StoreFailure."""

    def __init__(
        self, log: FactLog[MerchantEvent], *, clock: Clock, ids: Ids, secrets: Secrets
    ) -> None:
        self._log, self._clock, self._ids, self._secrets = log, clock, ids, secrets

    async def find(self, merchant: str) -> Merchant | None:
        """None where nobody of this id is registered. Raises StoreUnavailable."""
        return fold((await self._log.read(stream_of(merchant))).events)

    async def register(self, merchant: str, *, name: str, actor: str) -> None:
        """Raises MerchantExists, InvalidMerchant."""

        def decide(current: Merchant | None) -> Sequence[MerchantEvent]:
            return register(current, merchant_id=merchant, name=name, now=self._clock.now())

        await self._change(merchant, decide, actor)

    async def issue_key(
        self,
        merchant: str,
        *,
        actor: str,
        scopes: Iterable[str] = ORDINARY_SCOPES,
        api_version: str | None = None,
    ) -> IssuedKey:
        """At most two keys are valid at a time. `api_version` None: the newest that the
        installation's format allows. Raises UnknownMerchant, TooManyKeys, InvalidScopes,
        UnknownVersion, FormatTooLow."""
        token = ApiToken(
            holder=merchant,
            key_id=self._secrets.draw(KEY_ID_BYTES).hex(),
            secret=self._secrets.draw(SECRET_BYTES).hex(),
        )
        wished = tuple(scopes)

        def decide(current: Merchant | None) -> Sequence[MerchantEvent]:
            return issue_key(
                current,
                key_id=token.key_id,
                secret_hash=token.secret_hash,
                scopes=wished,
                api_version=api_version or newest_in(self._log.format),
                now=self._clock.now(),
            )

        await self._change(merchant, decide, actor)
        return IssuedKey(key_id=token.key_id, text=token.text)

    async def revoke_key(self, merchant: str, key_id: str, *, actor: str) -> None:
        """Effective everywhere within authenticate.CACHED_S. Raises UnknownMerchant,
        UnknownKey."""

        def decide(current: Merchant | None) -> Sequence[MerchantEvent]:
            return revoke_key(current, key_id=key_id, now=self._clock.now())

        await self._change(merchant, decide, actor)

    async def _change(self, merchant: str, decide: Decide, actor: str) -> None:
        author = Author(command=self._ids.fresh(), actor=actor, merchant=merchant)
        for _ in range(ROUNDS_MAX):
            before = await self._log.read(stream_of(merchant))
            events = decide(fold(before.events))
            if not events:
                return
            try:
                await self._log.append(before, events, author)
            except WrongRevision:
                continue
            return
        raise MerchantBusy(f"{ROUNDS_MAX} rounds on {merchant}")
