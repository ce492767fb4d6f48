"""Registers operators, lists them, issues and revokes their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from application.fact_log import Author, FactLog
from application.merchants.register import IssuedKey
from application.ports.event_store import WrongRevision
from application.ports.surroundings import Clock, Ids, Secrets
from domain.merchant.api_tokens import KEY_ID_BYTES, OF_OPERATOR, SECRET_BYTES, ApiToken
from domain.operator import operator as operators
from domain.operator.events import OperatorEvent
from domain.operator.operator import Operator

ROUNDS_MAX: Final = 8
# No operator's id has an underscore. They are few, and no store lists the streams of a category.
NAMES: Final = "operator-_names"

Decide: TypeAlias = Callable[[Sequence[OperatorEvent]], Sequence[OperatorEvent]]


class OperatorBusy(Exception):
    """Others changed the operator again and again; nothing of this command was recorded."""


def stream_of(operator: str) -> str:
    return f"operator-{operator}"


class Operators:
    """Every change raises OperatorRejected, OperatorBusy, FormatTooLow or StoreFailure."""

    def __init__(
        self, log: FactLog[OperatorEvent], *, clock: Clock, ids: Ids, secrets: Secrets
    ) -> None:
        self._log, self._clock, self._ids, self._secrets = log, clock, ids, secrets

    async def find(self, operator: str) -> Operator | None:
        """None where nobody of this id is registered. Raises StoreUnavailable."""
        return operators.fold((await self._log.read(stream_of(operator))).events)

    async def all(self) -> list[Operator]:
        """In the order in which they came. Raises StoreUnavailable."""
        named = operators.names((await self._log.read(NAMES)).events)
        found = [await self.find(one) for one in named]
        return [one for one in found if one is not None]  # named, and then the process died

    async def register(self, operator: str, *, name: str, actor: str) -> None:
        """Named first: whoever is registered is listed. Raises OperatorExists, InvalidOperator,
        TooManyOperators."""

        def named(events: Sequence[OperatorEvent]) -> Sequence[OperatorEvent]:
            known = operators.names(events)
            return operators.name(known, operator_id=operator, now=self._clock.now())

        def registered(events: Sequence[OperatorEvent]) -> Sequence[OperatorEvent]:
            current, now = operators.fold(events), self._clock.now()
            return operators.register(current, operator_id=operator, name=name, now=now)

        registered((await self._log.read(stream_of(operator))).events)  # refused before it is named
        await self._change(NAMES, named, actor)
        await self._change(stream_of(operator), registered, actor)

    async def issue_key(self, operator: str, *, actor: str) -> IssuedKey:
        """At most two keys are valid at a time. Raises UnknownOperator, TooManyOperatorKeys."""
        token = ApiToken(
            kind=OF_OPERATOR,
            holder=operator,
            key_id=self._secrets.draw(KEY_ID_BYTES).hex(),
            secret=self._secrets.draw(SECRET_BYTES).hex(),
        )

        def decide(events: Sequence[OperatorEvent]) -> Sequence[OperatorEvent]:
            return operators.issue_key(
                operators.fold(events),
                key_id=token.key_id,
                secret_hash=token.secret_hash,
                now=self._clock.now(),
            )

        await self._change(stream_of(operator), decide, actor)
        return IssuedKey(key_id=token.key_id, text=token.text)

    async def revoke_key(self, operator: str, key_id: str, *, actor: str) -> None:
        """Effective everywhere within authenticate.CACHED_S. Raises UnknownOperator,
        UnknownOperatorKey."""

        def decide(events: Sequence[OperatorEvent]) -> Sequence[OperatorEvent]:
            current, now = operators.fold(events), self._clock.now()
            return operators.revoke_key(current, key_id=key_id, now=now)

        await self._change(stream_of(operator), decide, actor)

    async def _change(self, stream: str, decide: Decide, actor: str) -> None:
        author = Author(command=self._ids.fresh(), actor=actor, merchant="")
        for _ in range(ROUNDS_MAX):
            before = await self._log.read(stream)
            events = decide(before.events)
            if not events:
                return
            try:
                await self._log.append(before, events, author)
            except WrongRevision:
                continue
            return
        raise OperatorBusy(f"{ROUNDS_MAX} rounds on {stream}")
