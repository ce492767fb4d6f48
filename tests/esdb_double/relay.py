"""A TCP relay before a double or another server, to freeze or cut the wire itself.

Other than a frozen double, a frozen relay leaves HTTP/2 pings unanswered, as a stopped machine
does; so it shows whether a client notices. It must not look into what it passes on.
tests/crash/proxy.py adds more ways for a wire to go wrong.

    async with Relay(double.port) as relay: client of relay.target; relay.freeze()
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.esdb_double.running import Runs

HOST = "127.0.0.1"
CHUNK_BYTES = 65_536
START_S_MAX = 5.0


class Relay(Runs):
    """Passes bytes both ways between its own port and the server. Methods are thread-safe."""

    def __init__(self, upstream: int | Path) -> None:
        """`upstream`: the server's port on this machine, or its Unix socket."""
        self.port = 0
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._requests_flow = asyncio.Event()
        self._answers_flow = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @property
    def target(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self) -> Self:
        self.thaw()
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_S_MAX)
        return self

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_S_MAX)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S_MAX)
        self._loop.close()

    def freeze(self, *, answers_only: bool = False) -> None:
        """Nothing passes any more; with answers_only requests still reach the server."""
        if not answers_only:
            self._loop.call_soon_threadsafe(self._requests_flow.clear)
        self._loop.call_soon_threadsafe(self._answers_flow.clear)

    def thaw(self) -> None:
        """What was sent meanwhile passes now."""
        self._loop.call_soon_threadsafe(self._requests_flow.set)
        self._loop.call_soon_threadsafe(self._answers_flow.set)

    def cut(self) -> None:
        """Breaks all connections; new ones are welcome."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        # Not cancelled but let run out: asyncio complains of connections whose task was cancelled.
        self._requests_flow.set()
        self._answers_flow.set()
        self._abort_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    def _abort_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = {writer}
        self._writers.add(writer)
        try:
            with suppress(OSError):
                up_reader, up_writer = await self._dial()
                writers.add(up_writer)
                self._writers.add(up_writer)
                ways = (
                    asyncio.ensure_future(self._pass_on(reader, up_writer, answers=False)),
                    asyncio.ensure_future(self._pass_on(up_reader, writer, answers=True)),
                )
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        finally:
            self._writers -= writers
            for each in writers:
                each.transport.abort()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._upstream, Path):
            return await asyncio.open_unix_connection(self._upstream)
        return await asyncio.open_connection(HOST, self._upstream)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        """One way of one connection, until either end is gone."""
        flow = self._answers_flow if answers else self._requests_flow
        with suppress(OSError):
            while True:
                chunk = await reader.read(CHUNK_BYTES)
                await flow.wait()
                if not chunk:
                    return
                await self._deliver(chunk, writer, answers=answers)

    async def _deliver(self, chunk: bytes, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        """Raises OSError to break the connection."""
        writer.write(chunk)
        await writer.drain()
