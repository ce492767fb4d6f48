"""A connection on which nobody waits for ever: where the other side has gone without a word, the
server's own statement timeout never comes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg

STATEMENT_TIMEOUT_MS: Final = 4_000
ANSWER_S_MAX: Final = STATEMENT_TIMEOUT_MS / 1000 + 1.0  # the server speaks first, if it can
CHECK_S_MAX: Final = 1.0  # of an idle connection before it is used again


class BoundedConnection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """Breaks itself, with psycopg.OperationalError, when an answer takes longer than its limit."""

    _answer_s_max: float = ANSWER_S_MAX

    async def wait(self, *args: Any, **kwargs: Any) -> Any:
        """Everything that is sent is answered through here."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._answer_s_max, _sever, self.pgconn.socket)
        try:
            return await super().wait(*args, **kwargs)
        finally:
            timer.cancel()

    @contextmanager
    def limited(self, answer_s_max: float) -> Iterator[None]:
        """Waits no longer than this in the block."""
        self._answer_s_max = answer_s_max
        try:
            yield
        finally:
            del self._answer_s_max


async def check(connection: BoundedConnection) -> None:
    """Raises psycopg.OperationalError where the server is gone or does not answer at once."""
    with connection.limited(CHECK_S_MAX):
        await connection.execute("")


def _sever(descriptor: int) -> None:
    """Not closed: its number would be free for another connection, which a waiter then meets."""
    with suppress(OSError), socket.socket(fileno=descriptor) as shared:
        try:
            shared.shutdown(socket.SHUT_RDWR)
        finally:
            shared.detach()
