"""Counts of gateway answers by minute, in this process. Bounded; keeps no times of its own."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

RECENT_MINUTES_MAX: Final = 30
WINDOWS_MAX: Final = 512  # far more than 30 minutes of every method


class OutcomeWindows:
    """One window per method and minute, in it (ok, all) per gateway; the oldest go first."""

    def __init__(self) -> None:
        self._windows: OrderedDict[tuple[str, int], dict[str, tuple[int, int]]] = OrderedDict()

    def record(self, gateway: str, method: str, *, ok: bool, minute: int) -> None:
        """Counts one answer."""
        window = self._windows.setdefault((method, minute), {})
        fine, total = window.get(gateway, (0, 0))
        window[gateway] = (fine + ok, total + 1)
        if len(self._windows) > WINDOWS_MAX:
            self._windows.popitem(last=False)

    def recent(
        self, gateways: list[str], method: str, *, minute: int, minutes: int
    ) -> dict[str, tuple[int, int]]:
        """(ok, all) per gateway over `minutes` windows up to and with `minute`, 30 at most."""
        sums = dict.fromkeys(gateways, (0, 0))
        for one in recent_minutes(minute, minutes):
            window = self._windows.get((method, one), {})
            for gateway in sums.keys() & window.keys():
                fine, total = window[gateway]
                sums[gateway] = (sums[gateway][0] + fine, sums[gateway][1] + total)
        return sums


def recent_minutes(minute: int, minutes: int) -> range:
    """The minutes that a question for `minutes` windows up to `minute` is about, 30 at most."""
    return range(minute - min(minutes, RECENT_MINUTES_MAX) + 1, minute + 1)
