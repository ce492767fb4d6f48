"""Ports that nobody uses, for servers that a test starts."""

from __future__ import annotations

import socket


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_pair() -> int:
    """The first of two that follow each other."""
    while True:
        first = free_port()
        try:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", first + 1))
        except (OSError, OverflowError):
            continue
        return first
