"""Recovery of a payment that lost its past: left to a person, said once, without a traceback."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from application.payments.log import UnknownPayment
from application.ports.event_store import StreamNotWhole
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.rules import Rules

NOW = datetime(2026, 11, 28, tzinfo=UTC)
DUE = DueStream(
    stream=f"payment-{UUID(int=7)}", revision=3, merchant="alma", owner=None, recover_after=NOW,
    tries=2,
)  # fmt: skip


class PutOff:
    """A work list that remembers until when."""

    def __init__(self) -> None:
        self.pauses: list[timedelta] = []

    async def defer(self, stream: str, revision: int, until: datetime, tries: int) -> bool:
        self.pauses.append(until - NOW)
        return True


def worker_that_meets(failure: Exception, work: PutOff) -> RecoveryWorker:
    async def carry_on(payment: UUID) -> None:
        raise failure

    async def no_lock(name: str, *, ttl_s: float) -> bool:
        return True

    async def nothing(lock: object) -> None: ...

    desk: Any = SimpleNamespace(
        rules=Rules(),
        clock=SimpleNamespace(now=lambda: NOW),
        hot=SimpleNamespace(lock=no_lock, unlock=nothing),
    )
    carrying: Any = SimpleNamespace(carry_on=carry_on)
    return RecoveryWorker(desk, cast(Any, work), carrying, lambda _: False)


@pytest.mark.parametrize(
    "failure",
    [StreamNotWhole("gone"), ImpossibleHistory("no beginning"), UnknownPayment("gone")],
    ids=lambda one: type(one).__name__,
)
async def test_it_is_said_once_and_put_off_for_as_long_as_anything_is(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    work = PutOff()
    worker = worker_that_meets(failure, work)
    for _ in range(3):
        assert not await worker.take_up(DUE)
    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one.levelname for one in told] == ["CRITICAL"]
    assert told[0].exc_info is None
    assert work.pauses == [Rules().verify_most] * 3
