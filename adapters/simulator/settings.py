"""What one simulator is started with. Values only."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.simulator.profiles import PROFILES

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Settings of one simulator; every duration in seconds.

    ``books``: folder of the books, made when missing. ``port`` 0 takes any free one; ``listen_fds``
    are sockets that listen already, and are taken instead.
    ``latency_scale`` multiplies the ordinary answer times, 0 means no waiting at all; ``late_s``,
    ``hold_s`` and ``settle_s`` are not scaled. ``notify_url`` may hold ``{gateway}``; without it
    ``/v1/webhooks/{gateway}`` is added. ``notify_secret`` is ``whsec_`` and base64.
    """

    books: Path
    host: str = "127.0.0.1"
    port: int = 0
    listen_fds: tuple[int, ...] = ()
    seed: int = 1
    latency_scale: float = 1.0
    late_s: float = 12.0
    hold_s: float = 60.0
    settle_s: float = 5.0
    key_lifetime_s: float = DAY_S
    authorization_lifetime_s: float = 7 * DAY_S
    magic_amounts: bool = True
    notify_url: str | None = None
    notify_secret: str | None = None
    notify_retry_s: float = 0.2
    gateways: tuple[str, ...] = tuple(PROFILES)
    now: Callable[[], float] = time.time
