"""One connection to a leader and the calls that are open on it. Decides nothing."""

from __future__ import annotations

import asyncio
from typing import Final, TypeAlias, TypeVar

import grpc.aio
from esdbclient.protos.Grpc.streams_pb2 import ReadReq

from adapters.event_store.eventstoredb import stubs

ENDED_S_MAX: Final = 1.0  # for calls that were cancelled here: nobody else is waited for

Call: TypeAlias = "stubs.BatchAppendCall | stubs.ReadCall"
AnyCall = TypeVar("AnyCall", "stubs.BatchAppendCall", "stubs.ReadCall")


class Connection:
    """Closing it ends its calls; gRPC's own close does not, and lets readers wait for ever."""

    def __init__(
        self, channel: grpc.aio.Channel, address: str, metadata: stubs.CallMetadata
    ) -> None:
        self.address = address
        self._channel, self._metadata = channel, metadata
        self._calls: set[Call] = set()  # until each is over

    @property
    def open_calls(self) -> int:
        return len(self._calls)

    def batch_append(self) -> stubs.BatchAppendCall:
        return self._watched(stubs.batch_append(self._channel, self._metadata))

    def read(self, request: ReadReq, timeout_s: float | None) -> stubs.ReadCall:
        """A subscription has no timeout."""
        return self._watched(stubs.read(self._channel, request, self._metadata, timeout_s))

    async def aclose(self) -> None:
        """Returns when every call is over: one that ended later would tell a loop that is gone."""
        calls = list(self._calls)
        for call in calls:
            call.cancel()
        if calls:
            ends = [asyncio.ensure_future(call.code()) for call in calls]
            _, late = await asyncio.wait(ends, timeout=ENDED_S_MAX)
            for end in late:
                end.cancel()
        await self._channel.close(None)

    def _watched(self, call: AnyCall) -> AnyCall:
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call
