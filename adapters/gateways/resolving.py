"""Name resolution of one gateway, in a thread of its own: the system's resolver waits for a dead
name server for as long as it likes, and nobody can call it back.

At most one question of a gateway is under way. Who asks meanwhile waits for the same answer, so
that a dead name server costs its gateway one thread, and others nothing.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

RESOLVE_TIMEOUT_S: Final = 1.0
NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
AS_NUMBERS: Final = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV


class OwnResolver(AbstractResolver):
    """Of one gateway, which has one host. Raises OSError, and TimeoutError after
    RESOLVE_TIMEOUT_S; the thread is left to end by itself."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._asked: dict[tuple[str, int], asyncio.Future[list[ResolveResult]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        asked = self._asked.get((host, family))
        if asked is None:
            asked = self._ask(host, port, family)
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            return await asyncio.shield(asked)

    async def close(self) -> None:
        """Nobody waits for what is under way."""
        self._asked.clear()

    def _ask(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> asyncio.Future[list[ResolveResult]]:
        loop, question = asyncio.get_running_loop(), (host, family)
        asked: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def answered(found: list[ResolveResult] | None, failure: OSError | None) -> None:
            self._asked.pop(question, None)
            if failure is None and found is not None:
                asked.set_result(found)
            elif failure is not None:
                asked.set_exception(failure)
                asked.exception()  # there may be nobody left who waits for it

        def ask() -> None:
            found, failure = None, None
            try:
                found = _resolved(host, port, family)
            except OSError as wrong:
                failure = wrong
            except UnicodeError:
                failure = OSError(f"{host!r} is no name of a host")
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(answered, found, failure)

        # A daemon, unlike an executor's: the process does not wait for it at its end.
        threading.Thread(target=ask, name=f"resolve {self._gateway}", daemon=True).start()
        self._asked[question] = asked
        return asked


def _resolved(host: str, port: int, family: int) -> list[ResolveResult]:
    infos = socket.getaddrinfo(
        host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [
        ResolveResult(
            hostname=host,
            host=_number(address),
            port=int(address[1]),
            family=found,
            proto=proto,
            flags=NUMERIC,
        )
        for found, _, proto, _, address in infos
    ]


def _number(address: tuple[Any, ...]) -> str:
    """With its zone, where it has one."""
    return socket.getnameinfo(address, AS_NUMBERS)[0]
