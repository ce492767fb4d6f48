"""An outage is told once: a line when it begins, one when it is over, and between them a count.

Whoever uses something says of each use whether it worked. What comes and goes is one outage.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

QUIET_S: Final = 5.0  # so long everything has to work


class Outage:
    """`what` fails, as the line begins; `monotonic`: seconds."""

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        *,
        quiet_s: float = QUIET_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._what = log, what
        self._quiet_s, self._monotonic = quiet_s, monotonic
        self._began_at: float | None = None
        self._failing: set[str] = set()
        self._failures = 0
        self._well_at: float | None = None

    def failed(self, why: object, *, party: str = "") -> None:
        """`party`: which of several users; it is over when it is over for each of them."""
        self._failing.add(party)
        self._failures += 1
        self._well_at = None
        if self._began_at is None:
            self._began_at = self._monotonic()
            self._log.warning("%s: %s", self._what, why)

    def works(self, *, party: str = "") -> None:
        """Costs next to nothing where there is no outage."""
        if self._began_at is None:
            return
        now = self._monotonic()
        self._failing.discard(party)
        if self._failing:
            return
        if self._well_at is None:
            self._well_at = now
        if now - self._well_at >= self._quiet_s:
            lasted_s = self._well_at - self._began_at
            self._log.info(
                "%s: over after %.1f s and %s failures", self._what, lasted_s, self._failures
            )
            self._began_at = None
            self._failures = 0
