"""One connection to a leader and the calls that are open on it. Decides nothing."""

from __future__ import annotations

from weakref import WeakSet

import grpc.aio
from esdbclient.protos.Grpc.streams_pb2 import ReadReq

from adapters.event_store.eventstoredb import stubs


class Connection:
    """Closing it ends its calls; gRPC's own close does not, and lets readers wait for ever."""

    def __init__(
        self, channel: grpc.aio.Channel, address: str, metadata: stubs.CallMetadata
    ) -> None:
        self.address = address
        self._channel, self._metadata = channel, metadata
        self._calls: WeakSet[stubs.BatchAppendCall | stubs.ReadCall] = WeakSet()

    def batch_append(self) -> stubs.BatchAppendCall:
        call = stubs.batch_append(self._channel, self._metadata)
        self._calls.add(call)
        return call

    def read(self, request: ReadReq, timeout_s: float | None) -> stubs.ReadCall:
        """A subscription has no timeout."""
        call = stubs.read(self._channel, request, self._metadata, timeout_s)
        self._calls.add(call)
        return call

    async def aclose(self) -> None:
        for call in list(self._calls):
            call.cancel()
        await self._channel.close(None)
