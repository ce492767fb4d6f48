"""One process at a time prepares and starts a server. Holds nothing while the server runs."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.servers.errors import EmbeddedServerTimeout

LOCK_TIMEOUT_S = 120.0
LOCK_POLL_S = 0.01


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; the kernel frees it when the holder dies, however it dies.

    Raises EmbeddedServerTimeout after LOCK_TIMEOUT_S.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path) -> None:
    gives_up_at = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > gives_up_at:
                raise EmbeddedServerTimeout(
                    f"{path} stayed locked for {LOCK_TIMEOUT_S:.0f} s"
                ) from None
            time.sleep(LOCK_POLL_S)
        else:
            return
