"""A merchants' desk over a memory log, with a clock that we turn and reads that we count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.codec import merchant_codec, operator_codec
from adapters.event_store.memory import MemoryEventStore
from adapters.surroundings import LocalTurns, RandomIds
from application.fact_log import FactLog
from application.installation.in_force import FormatInForce
from application.merchants.authenticate import Authentication
from application.merchants.register import Merchants
from application.operators.register import Operators
from domain.log import RecordedEvent

START: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)


class TurnedClock:
    """A Clock; both its hands move only by `turn`."""

    def __init__(self) -> None:
        self._passed_s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return self._passed_s

    def turn(self, seconds: float) -> None:
        self._passed_s += seconds


class CountedSecrets:
    """Secrets that never repeat, and that a test may know."""

    def __init__(self) -> None:
        self._drawn = 0

    def draw(self, size: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(size, "big")


class CountingStore(MemoryEventStore):
    """Counts the reads of streams."""

    reads = 0

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: int | None = None,
        backwards: bool = False,
        limit: int = 4_096,
    ) -> list[RecordedEvent]:
        self.reads += 1
        return await super().read_stream(
            stream, from_revision=from_revision, backwards=backwards, limit=limit
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    store: CountingStore
    clock: TurnedClock
    merchants: Merchants
    operators: Operators
    authentication: Authentication

    async def settle(self, *names: str) -> Sequence[str]:
        """Registers merchants of these ids; gives the text of one key each."""
        keys = []
        for name in names:
            await self.merchants.register(name, name=name.title(), actor="test")
            keys.append((await self.merchants.issue_key(name, actor="test")).text)
        return keys


def open_town(in_force: FormatInForce | None = None) -> Town:
    clock, secrets = TurnedClock(), CountedSecrets()
    store = CountingStore(clock)
    merchants = Merchants(
        FactLog(store, merchant_codec(), RandomIds(), in_force or FormatInForce()),
        clock=clock,
        ids=RandomIds(),
        secrets=secrets,
    )
    operators = Operators(
        FactLog(store, operator_codec(), RandomIds(), in_force or FormatInForce()),
        clock=clock,
        ids=RandomIds(),
        secrets=secrets,
    )
    authentication = Authentication(merchants, operators, clock=clock, turns=LocalTurns())
    return Town(
        store=store,
        clock=clock,
        merchants=merchants,
        operators=operators,
        authentication=authentication,
    )
