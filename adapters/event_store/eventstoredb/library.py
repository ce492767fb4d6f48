"""What has to be done about gRPC itself, once in a process."""

from __future__ import annotations

from functools import cache

import grpc.aio


@cache
def hold_open() -> None:
    """Keeps gRPC's asyncio engine from shutting itself down with its last channel.

    It would join its poller thread then, which under load is blocked for ever: it writes to a
    socket that only a running event loop empties (grpc issues 40989 and 22365, mended after the
    line that esdbclient binds us to). The engine goes with the process. To be called in a running
    event loop.
    """
    grpc.aio.init_grpc_aio()  # type: ignore[attr-defined]  # public, and missing in the stubs
