"""Spares callers the timeout while Redis is away: after a failure it is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from application.ports.hot_state import HotStateUnavailable

SKIP_S: Final = 1.0


class Circuit:
    """Closed, or open for `skip_s`; then one caller probes while the others are still refused."""

    def __init__(self, monotonic: Callable[[], float], *, skip_s: float = SKIP_S) -> None:
        self._monotonic = monotonic
        self._skip_s = skip_s
        self._closed_again_at: float | None = None

    def admit(self) -> None:
        """Raises HotStateUnavailable at once while Redis is left alone."""
        if self._closed_again_at is None:
            return
        now = self._monotonic()
        if now < self._closed_again_at:
            raise HotStateUnavailable("Redis failed a moment ago and is left alone")
        self._closed_again_at = now + self._skip_s

    def failed(self) -> None:
        """Nothing can be reached: leave it alone from now on."""
        self._closed_again_at = self._monotonic() + self._skip_s

    def answered(self) -> None:
        """Something answered, be it with a refusal."""
        self._closed_again_at = None
