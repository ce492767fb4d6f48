"""A connection that knows what it was asked, and hears what nobody asked for.

Bytes of the server that answer no question close it and are an alarm: whoever sends them is out of
step, and the next answer over it would be another question's.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import socket
from typing import Final

from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

_log: Final = logging.getLogger(__name__)


class Connection(ResponseHandler):
    """`questions`: so many requests were written to it. `unasked`: the server is out of step."""

    def __init__(self, loop: asyncio.AbstractEventLoop, gateway: str) -> None:
        super().__init__(loop)
        self.questions = 0
        self.unasked = False
        self._gateway = gateway
        self._owed = 0  # answers that have not begun
        self._answer: StreamReader | None = None  # the newest that has

    def ask(self) -> None:
        """A request is about to be written."""
        self.questions += 1
        self._owed += 1

    @property
    def is_alone(self) -> bool:
        """Whether whatever it brought can only be the answer to its one question."""
        return self.questions == 1 and not self.unasked

    def close(self) -> None:
        """At once, also where the server has stopped reading what was written to it."""
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.abort()
        else:
            super().close()

    def data_received(self, data: bytes) -> None:
        answering = self._answer is not None and not self._answer.is_eof()
        if data and not self._owed and not answering:
            self._hear_unasked()
        super().data_received(data)

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """One message's head; a 1xx is none of the answers."""
        message, self._answer = data
        if not 100 <= message.code < 200 or message.code == 101:
            if self._owed:
                self._owed -= 1
            else:
                self._hear_unasked()
        super().feed_data(data, size)

    def is_silent(self) -> bool:
        """Whether nothing of the server waits in the kernel that the loop has not read yet. Of a
        fresh TLS connection that cannot be told: its tickets come when they like."""
        transport = self.transport
        if transport is None:
            return False
        is_sealed = transport.get_extra_info("sslcontext") is not None
        if is_sealed and not self.questions:
            return True
        number = transport.get_extra_info("socket").fileno()
        poll = select.poll()
        poll.register(number, select.POLLIN)
        if not poll.poll(0):
            return True
        if not is_sealed and _has_bytes(number):  # else it may be the end, sealed
            self._hear_unasked()
        return False

    def _hear_unasked(self) -> None:
        if self.unasked:
            return
        self.unasked = True
        _log.critical("ALARM: %s sent bytes that nobody asked for", self._gateway)
        self.force_close()
        if self.transport is not None:
            self.transport.abort()


def _has_bytes(number: int) -> bool:
    """Whether what can be read is more than the end of the connection."""
    with socket.socket(fileno=os.dup(number)) as peeking:
        try:
            return bool(peeking.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False
