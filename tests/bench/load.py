"""Keeps so many callers busy for so long, and sums up how it went. Knows nothing of payments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

Call: TypeAlias = Callable[[], Awaitable[None]]  # raises when the answer is not the expected one

WARM_UP_SHARE: Final = 0.15  # of the time, not counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Milliseconds and calls per second of one cell of the report."""

    name: str
    concurrency: int
    seconds: float
    calls: int
    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    failures: int
    cpu_ms: dict[str, float] = field(default_factory=dict)  # per call and role, where watched

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def measure(name: str, call: Call, *, concurrency: int, seconds: float) -> Measured:
    """`concurrency` callers, each sending its next call when it has the last one's answer."""
    started = time.perf_counter()
    counted_from = started + seconds * WARM_UP_SHARE
    ends = started + seconds
    took: list[float] = []
    failures = 0

    async def caller() -> None:
        nonlocal failures
        while (began := time.perf_counter()) < ends:
            try:
                await call()
            except Exception:
                failures += 1
                continue
            if began >= counted_from:
                took.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(concurrency)))
    counted_s = time.perf_counter() - counted_from
    took.sort()
    return Measured(
        name=name,
        concurrency=concurrency,
        seconds=round(counted_s, 2),
        calls=len(took),
        per_s=round(len(took) / counted_s, 1),
        p50_ms=_at(took, 0.50),
        p95_ms=_at(took, 0.95),
        p99_ms=_at(took, 0.99),
        failures=failures,
    )


def _at(ordered_s: list[float], share: float) -> float:
    if not ordered_s:
        return 0.0
    return round(ordered_s[min(len(ordered_s) - 1, int(len(ordered_s) * share))] * 1_000, 2)
