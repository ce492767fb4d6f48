"""Opens gRPC channels to nodes: options, TLS, call metadata. Knows nothing of leaders."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Final

import grpc
import grpc.aio

from adapters.event_store.eventstoredb.connection_string import ConnectionString
from adapters.event_store.eventstoredb.errors import BadConnectionString, NoLeader
from adapters.event_store.eventstoredb.library import hold_open
from adapters.event_store.eventstoredb.stubs import CallMetadata
from adapters.event_store.eventstoredb.tls import pinned_certificate

CONNECT_TIMEOUT_S: Final = 2.0
MESSAGE_BYTES_MAX: Final = 17 * 1024 * 1024

_log = logging.getLogger(__name__)


class Dialer:
    """Opens connected channels with the options and credentials of one connection string."""

    def __init__(self, target: ConnectionString) -> None:
        """Reads the certificate files. Raises BadConnectionString when one cannot be read."""
        self.target = target
        self._ca = _read(target.ca_file)
        self._certificate = _read(target.user_certificate_file)
        self._key = _read(target.user_key_file)
        self._options = (
            # A connection of its own for every purpose: none ends with another's trouble.
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
            # How a frozen peer is noticed, also while no call is open.
            ("grpc.keepalive_time_ms", target.keepalive_interval_ms),
            ("grpc.keepalive_timeout_ms", target.keepalive_timeout_ms),
            ("grpc.http2.ping_timeout_ms", target.keepalive_timeout_ms),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
            # A broken channel is dropped and a leader looked for; gRPC need not repeat anything.
            ("grpc.enable_retries", 0),
        )
        self.user = target.user if target.tls else None  # whose credentials are sent
        self.any_node: CallMetadata = (("connection-name", target.connection_name),)
        if self.user is not None:
            pair = f"{self.user}:{target.password}".encode()
            basic = "Basic " + base64.b64encode(pair).decode("ascii")
            self.any_node += (("authorization", basic),)
        elif target.user is not None:
            _log.warning("credentials of the event store are not sent: they need tls=true")
        self.leader_only: CallMetadata = (*self.any_node, ("requires-leader", "true"))

    async def dial(self, address: str, *, tls_name: str | None = None) -> grpc.aio.Channel:
        """Connects to `host:port`. `tls_name` is the name its certificate must carry, when that is
        not the host. Raises NoLeader when no connection stands within CONNECT_TIMEOUT_S.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                channel = await self._open(address, tls_name)
                try:
                    await _connected(channel, address)
                except BaseException:
                    await channel.close(None)
                    raise
                return channel
        except TimeoutError:
            raise NoLeader(f"{address}: no connection within {CONNECT_TIMEOUT_S} s") from None

    async def _open(self, address: str, tls_name: str | None) -> grpc.aio.Channel:
        hold_open()
        if not self.target.tls:
            return grpc.aio.insecure_channel(address, options=self._options)
        ca, options = self._ca, self._options
        if not self.target.verify_certificate:
            try:
                ca, tls_name = await asyncio.to_thread(pinned_certificate, address)
            except OSError as failure:
                raise NoLeader(f"{address}: {failure}") from None
        if tls_name is not None:
            options += (("grpc.ssl_target_name_override", tls_name),)  # type: ignore[assignment]
        credentials = grpc.ssl_channel_credentials(ca, self._key, self._certificate)
        return grpc.aio.secure_channel(address, credentials, options=options)


def _read(file: object) -> bytes | None:
    if file is None:
        return None
    try:
        with open(str(file), "rb") as opened:
            return opened.read()
    except OSError as failure:
        raise BadConnectionString(f"cannot read {file}: {failure.strerror}") from None


async def _connected(channel: grpc.aio.Channel, address: str) -> None:
    """Waits for the connection; gives up at the first refusal instead of trying on."""
    state = channel.get_state(try_to_connect=True)
    while state is not grpc.ChannelConnectivity.READY:
        if state in (
            grpc.ChannelConnectivity.TRANSIENT_FAILURE,
            grpc.ChannelConnectivity.SHUTDOWN,
        ):
            raise NoLeader(f"{address}: connection refused or TLS not agreed upon")
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)
