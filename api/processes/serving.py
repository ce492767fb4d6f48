"""uvicorn, as a part of a process that has its own way to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


class Server(uvicorn.Server):
    """uvicorn that leaves the signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The watchdog hears them."""
        yield
