"""One key, one effect, one answer: twins wait for each other, repeats get the same bytes.

The log is the truth: with the cache lost, the stream's own record of its commands decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeAlias
from uuid import UUID

from application.payments.answers import JSON, Answer, NotConcluded, on_the_way, render, rendered
from application.payments.commands import Envelope
from application.payments.desk import Desk
from application.payments.log import Loaded, UnknownPayment
from application.ports.hot_state import (
    Begun,
    Fresh,
    HotStateUnavailable,
    Running,
    StoredAnswer,
)
from domain.api_versions import require

ANSWER_TTL_S: Final = 24 * 3600.0  # of the cache; keys themselves never expire
MARK_EXTRA_S: Final = 5.0
WAITERS_PER_MERCHANT_MAX: Final = 1_000
POLL_S: Final = 0.1


class KeyReused(Exception):
    """The key was used before with another body or path."""


class InProgress(Exception):
    """The same command is still being carried out: ask again in a second."""


class TooManyWaiters(Exception):
    """WAITERS_PER_MERCHANT_MAX requests of this merchant already wait for their twins."""


Execute: TypeAlias = Callable[[], Awaitable[Answer]]


class Idempotency:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiters: Counter[str] = Counter()

    async def once(self, envelope: Envelope, execute: Execute, *, until: float) -> Answer:
        """The stored answer, the running twin's, or what `execute` gives.

        `until` is on Clock.monotonic(). Raises FormatTooLow for a version of the API that may not
        be recorded yet, KeyReused, InProgress, TooManyWaiters, and what `execute` raises; then the
        key is free again for a repeat.
        """
        require(envelope.api_version, self._desk.format)
        begun = await self._begin(envelope)
        if isinstance(begun, Running):
            begun = await self._wait_for_twin(envelope, until)
        if isinstance(begun, StoredAnswer):
            return _replayed(begun, envelope)
        answer: Answer | None = None
        try:
            answer = await execute()
            return answer
        finally:
            await self._end(envelope, answer)

    async def recorded(self, loaded: Loaded, envelope: Envelope, *, until: float) -> Answer | None:
        """The answer that this stream holds for the command, None where it knows nothing of it.

        Waits while the command is on record without an answer. Raises KeyReused, InProgress,
        TooManyWaiters, UnknownPayment where the stream is another merchant's.
        """
        facts = loaded.payment.facts
        if not envelope.sees(facts.intent.merchant):
            raise UnknownPayment(str(loaded.id))
        command = facts.commands.get(envelope.id)
        if command is None:
            return None
        if command.ref.fingerprint != envelope.fingerprint:
            raise KeyReused(envelope.key)
        try:
            answer = render(loaded.events, command, position=loaded.position)
        except NotConcluded:
            with self._one_more_waiter(envelope.merchant):
                answer = await self._concluded(loaded.id, envelope, until)
        return replace(answer, replayed=True)

    async def _concluded(self, payment: UUID, envelope: Envelope, until: float) -> Answer:
        """Looks until the command, which is on record, has its answer. Raises InProgress."""
        while self._desk.clock.monotonic() + POLL_S < until:
            await self._desk.pause.sleep(POLL_S)
            loaded = await self._desk.log.load(payment)
            command = loaded.payment.facts.commands[envelope.id]
            if command.concluded is not None:
                return render(loaded.events, command, position=loaded.position)
        raise InProgress(envelope.key)

    async def _begin(self, envelope: Envelope) -> Begun:
        ttl = self._desk.rules.latency_budget_s + MARK_EXTRA_S
        try:
            return await self._desk.hot.begin(envelope.id, running_ttl_s=ttl)
        except HotStateUnavailable:
            return Fresh()

    async def _wait_for_twin(self, envelope: Envelope, until: float) -> Begun:
        with self._one_more_waiter(envelope.merchant):
            left = until - self._desk.clock.monotonic()
            try:
                stored = await self._desk.hot.wait(envelope.id, timeout_s=max(0.0, left))
            except HotStateUnavailable:
                return Fresh()  # the stream decides
        if stored is not None:
            return stored
        if self._desk.clock.monotonic() >= until:
            raise InProgress(envelope.key)
        again = await self._begin(envelope)  # the mark is gone: its holder gave up or died
        if isinstance(again, Running):
            raise InProgress(envelope.key)
        return again

    @contextmanager
    def _one_more_waiter(self, merchant: str) -> Iterator[None]:
        """Raises TooManyWaiters."""
        if self._waiters[merchant] >= WAITERS_PER_MERCHANT_MAX:
            raise TooManyWaiters(merchant)
        self._waiters[merchant] += 1
        try:
            yield
        finally:
            self._waiters[merchant] -= 1
            if not self._waiters[merchant]:
                del self._waiters[merchant]

    async def _end(self, envelope: Envelope, answer: Answer | None) -> None:
        try:
            if answer is None or not answer.final:
                await self._desk.hot.abandon(envelope.id)
            else:
                await self._desk.hot.conclude(
                    envelope.id, _stored(answer, envelope), ttl_s=ANSWER_TTL_S
                )
        except HotStateUnavailable:
            return  # the mark runs out by itself, and the stream holds the answer


def answer_now(loaded: Loaded, envelope: Envelope) -> Answer:
    """The command's answer; while it is on record without one, a 202 that is nobody's last word
    (`final` False: it is not kept)."""
    command = loaded.payment.facts.commands[envelope.id]
    if command.concluded == loaded.revision:
        return rendered(loaded.payment, command, position=loaded.position)
    try:
        return render(loaded.events, command, position=loaded.position)
    except NotConcluded:
        return Answer(
            status=202,
            body=on_the_way(loaded.payment, command),
            content_type=JSON,
            payment=loaded.id,
            revision=loaded.revision,
            position=loaded.position,
            api_version=command.ref.api_version,
            final=False,
        )


def _stored(answer: Answer, envelope: Envelope) -> StoredAnswer:
    return StoredAnswer(
        fingerprint=envelope.fingerprint,
        merchant=envelope.merchant,
        status=answer.status,
        body=answer.body,
        content_type=answer.content_type,
        payment=str(answer.payment),
        revision=answer.revision,
        position=answer.position,
        api_version=answer.api_version,
    )


def _replayed(stored: StoredAnswer, envelope: Envelope) -> Answer:
    if stored.merchant != envelope.merchant:
        raise UnknownPayment(stored.payment)
    if stored.fingerprint != envelope.fingerprint:
        raise KeyReused(envelope.key)
    return Answer(
        status=stored.status,
        body=stored.body,
        content_type=stored.content_type,
        payment=UUID(stored.payment),
        revision=stored.revision,
        position=stored.position,
        api_version=stored.api_version,
        replayed=True,
    )
