"""Ends a server when the process that holds the leash is gone, even by `kill -9`.

A small shell waits on a pipe whose other end only the holder has. The kernel closes that end
when the holder dies; the shell then runs the command that stops the server.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from adapters.servers.account import Account

WAIT_THEN_RUN = 'read -r _; exec "$@"'


class Leash:
    """Held as long as the server is wanted. `release` lets go without stopping the server."""

    def __init__(self, account: Account, stop_command: Sequence[str | Path]) -> None:
        self._shell = account.spawn(
            ["/bin/sh", "-c", WAIT_THEN_RUN, "sh", *stop_command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )

    def release(self) -> None:
        """Forget the stop command; after this the holder stops the server itself, or never."""
        self._shell.kill()
        self._shell.wait()
        if self._shell.stdin is not None:
            self._shell.stdin.close()
