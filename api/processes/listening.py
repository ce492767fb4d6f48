"""Ports that a process listens at: bound before anything else is opened, so that one that is taken
is said in one line, and at once."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from api.settings import PREFIX, SettingsRefused

OPERATIONS: Final = "OPERATIONS_PORT"


@contextmanager
def bound(host: str, port: int, setting: str) -> Iterator[list[socket.socket]]:
    """A socket for each address of `host`, not listening yet; closed at the end. `setting`: of the
    port, without the prefix. Raises SettingsRefused where one cannot be had."""
    with ExitStack() as stack:
        yield [stack.enter_context(one) for one in _sockets(host, port, setting)]


def port_of(sockets: list[socket.socket]) -> int:
    port: int = sockets[0].getsockname()[1]
    return port


def _sockets(host: str, port: int, setting: str) -> list[socket.socket]:
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in _addresses(host, port):
            one = socket.socket(family, kind, protocol)
            made.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # else it would take the port of the other family too
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((address[0], port_of(made), *address[2:]) if len(made) > 1 else address)
    except OSError as failure:
        for one in made:
            one.close()
        raise SettingsRefused(f"{PREFIX}{setting}: {_reason(failure, host, port)}") from None
    return made


def _addresses(host: str, port: int) -> list[tuple[int, int, int, str, Any]]:
    """Each once. Raises OSError."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(found))


def _reason(failure: OSError, host: str, port: int) -> str:
    if failure.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken"
    if isinstance(failure, socket.gaierror):
        return f"there is no host {host}"
    return f"port {port} of {host} cannot be had: {failure.strerror or failure}"
