"""A TCP proxy before any server that makes the wire go wrong: late, slow, cut, silent, refused.

Must not look into what it passes on. Every method may be called from any thread.

    proxy.latency(0.2)        every chunk is 200 ms late, both ways
    proxy.slow(20_000)        so many bytes a second, each way of each connection
    proxy.reset()             all connections break with RST; new ones are welcome
    proxy.half_open()         connections of now pass nothing and tell nobody; new ones work
    proxy.cut_answers(3)      the next three answers end in their midst, with RST
    proxy.refuse()            connections break and new ones are refused, until ...
    proxy.freeze() / thaw()   nothing passes; then everything does, late (from Relay)
    proxy.fair()              all of this ends
"""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path
from typing import Final

from tests.esdb_double.relay import HOST, START_S_MAX, Relay

LINGER_NOT: Final = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
PIECE_BYTES: Final = 1_024
CUT_AFTER_BYTES: Final = 10


class WireCut(OSError):
    """This connection is to break here."""


class FaultProxy(Relay):
    """One link. `connections`, `cuts`, `delivered` (chunks of answers): how many there have been,
    so that a test sees what came of its fault."""

    def __init__(self, upstream: int | Path) -> None:
        super().__init__(upstream)
        self.connections = 0
        self.cuts = 0
        self.delivered = 0
        self._latency_s = 0.0
        self._bytes_per_s: float | None = None
        self._cuts_wanted = 0
        self._cut_after_bytes = CUT_AFTER_BYTES
        self._silent: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://{self.target}"

    def latency(self, seconds: float) -> None:
        self._latency_s = seconds

    def slow(self, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s

    def reset(self) -> None:
        """Breaks all connections as a machine does that knows nothing of them any more."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def half_open(self) -> None:
        """As when a firewall forgets: both ends believe in connections that carry nothing."""
        self._loop.call_soon_threadsafe(self._silence_all)

    def cut_answers(self, count: int = 1, *, after_bytes: int = CUT_AFTER_BYTES) -> None:
        self._cut_after_bytes, self._cuts_wanted = after_bytes, count

    def refuse(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop_listening(), self._loop).result(START_S_MAX)

    def fair(self) -> None:
        """Back to normal. Connections that were silenced break, so that nobody waits for ever."""
        self._latency_s, self._bytes_per_s, self._cuts_wanted = 0.0, None, 0
        self._loop.call_soon_threadsafe(self._reset_silent)
        self.thaw()
        asyncio.run_coroutine_threadsafe(self._listen_again(), self._loop).result(START_S_MAX)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await super()._serve(reader, writer)
        finally:
            self._silent.discard(writer)

    async def _deliver(self, chunk: bytes, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        self.delivered += answers
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if writer in self._silent:
            return
        if answers and self._cuts_wanted > 0:
            self._cuts_wanted -= 1
            self.cuts += 1
            writer.write(chunk[: self._cut_after_bytes])
            await writer.drain()
            _forget_politeness(writer)
            raise WireCut("in the midst of an answer")
        if self._bytes_per_s is None:
            await super()._deliver(chunk, writer, answers=answers)
            return
        for start in range(0, len(chunk), PIECE_BYTES):
            piece = chunk[start : start + PIECE_BYTES]
            await asyncio.sleep(len(piece) / self._bytes_per_s)
            await super()._deliver(piece, writer, answers=answers)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._reset_all()

    async def _listen_again(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, HOST, self.port)

    def _silence_all(self) -> None:
        self._silent |= self._writers

    def _reset_all(self) -> None:
        for writer in self._writers:
            _forget_politeness(writer)
        self._abort_all()

    def _reset_silent(self) -> None:
        for writer in self._silent & self._writers:
            _forget_politeness(writer)
            writer.transport.abort()
        self._silent.clear()


def _forget_politeness(writer: asyncio.StreamWriter) -> None:
    plain = writer.get_extra_info("socket")
    if plain is not None and plain.family != socket.AF_UNIX and plain.fileno() >= 0:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
