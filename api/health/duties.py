"""When each duty of a worker last got on. One that fails and is tried again gets on: a restart of
the process would not help it. One that hangs does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from adapters.read_models.progress import GetsOn

SILENT_S_MAX: Final = 30.0  # longer than any single step may take


@dataclass(slots=True)
class _Duty:
    got_on_at: float
    silent_s_max: float


class Duties:
    """`monotonic`: seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._duties: dict[str, _Duty] = {}

    @contextmanager
    def held(self, name: str, *, silent_s_max: float = SILENT_S_MAX) -> Iterator[GetsOn]:
        """For the length of the block; what it gives is to be called whenever the duty gets on."""
        duty = self._duties[name] = _Duty(self._monotonic(), silent_s_max)

        def got_on() -> None:
            duty.got_on_at = self._monotonic()

        try:
            yield got_on
        finally:
            if self._duties.get(name) is duty:  # else it was begun again meanwhile
                del self._duties[name]

    def standing_still(self) -> dict[str, float]:
        """Seconds since they got on, of those that did not for too long."""
        now = self._monotonic()
        return {
            name: round(now - one.got_on_at, 1)
            for name, one in self._duties.items()
            if now - one.got_on_at > one.silent_s_max
        }

    def count_in(self, registry: CollectorRegistry) -> None:
        gauge = Gauge(
            "interlock_duties_standing_still",
            "Duties of the process that have not got on for too long.",
            registry=registry,
        )
        gauge.set_function(lambda: len(self.standing_still()))
