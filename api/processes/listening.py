"""Ports that a process listens at: bound before anything else is opened, so that one that is taken
is said in one line that names who has it, and at once."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, TypeAlias

import psutil

from api.settings import PREFIX, SettingsRefused

OPERATIONS: Final = "OPERATIONS_PORT"
LISTENS: Final = f"{PREFIX}LISTENS"  # numbers of sockets that a parent bound for its child
BACKLOG: Final = 2_048
UNKNOWN: Final = "another process"

Sockets: TypeAlias = list[socket.socket]


@contextmanager
def bound(host: str, port: int, setting: str) -> Iterator[Sockets]:
    """A listening socket for each address of `host`; closed at the end. `setting`: of the port,
    without the prefix. Raises SettingsRefused where one cannot be had."""
    with ExitStack() as stack:
        yield [stack.enter_context(one) for one in _sockets(host, port, setting)]


@contextmanager
def own_or_bound(host: str, port: int, setting: str) -> Iterator[Sockets]:
    """As `bound`; those that this process's parent listens on, if it does."""
    told = os.environ.get(LISTENS)
    if told is None:
        with bound(host, port, setting) as sockets:
            yield sockets
    else:
        with ExitStack() as stack:
            yield [stack.enter_context(socket.socket(fileno=int(one))) for one in told.split(",")]


def is_free(host: str, port: int) -> bool:
    """Whether it could be had just now."""
    try:
        with bound(host, port, OPERATIONS):
            return True
    except SettingsRefused:
        return False


def port_of(sockets: Sockets) -> int:
    port: int = sockets[0].getsockname()[1]
    return port


def holder_of(port: int) -> str:
    """Who listens on this port of this machine, as far as this user may know."""
    with suppress(psutil.Error, OSError, RuntimeError):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr[1:] == (port,) and one.pid:
                return f"{psutil.Process(one.pid).name()} (process {one.pid})"
    return UNKNOWN


def _sockets(host: str, port: int, setting: str) -> Sockets:
    made: Sockets = []
    try:
        for family, kind, protocol, _, address in _addresses(host, port):
            one = socket.socket(family, kind, protocol)
            made.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # else it would take the port of the other family too
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((address[0], port_of(made), *address[2:]) if len(made) > 1 else address)
            one.listen(BACKLOG)  # before that somebody else could bind it as well
    except (OSError, UnicodeError) as failure:
        for one in made:
            one.close()
        raise SettingsRefused(f"{PREFIX}{setting}: {_reason(failure, host, port)}") from None
    return made


def _addresses(host: str, port: int) -> list[tuple[int, int, int, str, Any]]:
    """Each once. Raises OSError."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(found))


def _reason(failure: OSError | UnicodeError, host: str, port: int) -> str:
    if isinstance(failure, UnicodeError | socket.gaierror):
        return f"there is no host {host}"
    if failure.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken by {holder_of(port)}: free it, or give another"
    return f"port {port} of {host} cannot be had: {failure.strerror or failure}"
