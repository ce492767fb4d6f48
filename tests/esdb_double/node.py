"""One node that listens: the services on a port, with threads of their own.

It needs no event loop, so it serves sync and async clients of the same process alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import grpc
from esdbclient.protos.Grpc import gossip_pb2_grpc

from tests.esdb_double.access import Access
from tests.esdb_double.engines import TRAITS, Engine
from tests.esdb_double.events import HIDDEN_STREAMS, Stored
from tests.esdb_double.faults import Faults
from tests.esdb_double.gossip import GossipService, Member, features_handler
from tests.esdb_double.log import Log
from tests.esdb_double.node_core import Counters, Follows, Leads, NodeCore
from tests.esdb_double.running import Runs
from tests.esdb_double.streams_service import StreamsService, streams_handlers

HOST = "127.0.0.1"
MESSAGE_BYTES_MAX = 16 * 1024 * 1024 - 10_000
CALLS_MAX = 512  # open at a time; what comes beyond waits
STOP_S_MAX = 5.0


class EsdbDouble(Runs):
    """A double of an EventStoreDB node, alone or in a cluster.

    engine: which server it is. port: 0 takes any. log: given when several nodes share one.
    append_bytes_max: as a server may be configured, else what that server ships with. access: None
    for an insecure node. certificate: private key and chain (PEM), for TLS. Use it as a context
    manager, sync or async, or call start and stop; without stop the process waits for it at its
    end.
    """

    def __init__(
        self,
        *,
        engine: Engine = "24.2",
        port: int = 0,
        log: Log | None = None,
        append_bytes_max: int | None = None,
        access: Access | None = None,
        certificate: tuple[bytes, bytes] | None = None,
    ) -> None:
        self.engine = engine
        self.log = log if log is not None else Log()
        self.port = port
        self._core = NodeCore(self.log, TRAITS[engine], access)
        self._certificate = certificate
        if append_bytes_max is not None:
            self._core.append_bytes_max = append_bytes_max
        self._members: Callable[[], Sequence[Member]] | None = None
        self._self = Member(HOST, port)
        self._server: grpc.Server | None = None
        self._pools: list[ThreadPoolExecutor] = []

    @property
    def target(self) -> str:
        """host:port, for a channel or an esdb:// address."""
        return f"{HOST}:{self.port}"

    @property
    def faults(self) -> Faults:
        return self._core.faults

    @property
    def counters(self) -> Counters:
        return self._core.counters

    @property
    def access(self) -> Access | None:
        return self._core.access

    @property
    def running(self) -> bool:
        return self._server is not None

    def start(self) -> Self:
        """Listens; on the same port as before when it did so before. Raises RuntimeError when
        the port is taken."""
        handlers = ThreadPoolExecutor(CALLS_MAX, thread_name_prefix="esdb-double")
        readers = ThreadPoolExecutor(CALLS_MAX, thread_name_prefix="esdb-double-reader")
        options = [
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.so_reuseport", 0),
            # The real server takes keep-alive pings as they come; grpc's default calls them abuse.
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 100),
            ("grpc.http2.max_ping_strikes", 0),
            ("grpc.keepalive_permit_without_calls", 1),
        ]
        server = grpc.server(handlers, options=options)
        streams = StreamsService(self._core, readers)
        server.add_generic_rpc_handlers((streams_handlers(streams),))
        gossip_pb2_grpc.add_GossipServicer_to_server(  # type: ignore[no-untyped-call]
            GossipService(self._core, self._listed), server
        )
        server.add_generic_rpc_handlers((features_handler(self._core.traits.version),))
        if self._certificate is None:
            self.port = server.add_insecure_port(self.target)
        else:
            pair = grpc.ssl_server_credentials([self._certificate])
            self.port = server.add_secure_port(self.target, pair)
        server.start()
        self._server, self._pools = server, [handlers, readers]
        self._self = Member(HOST, self.port)
        return self

    def stop(self) -> None:
        """Breaks every connection, as a process that dies; the log stays."""
        server, self._server = self._server, None
        if server is None:
            return
        server.stop(grace=None).wait(STOP_S_MAX)
        self._core.calls.wake_all()
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)

    def restart(self) -> None:
        """Same port, same log; the memory of recent event ids is gone, as on a server."""
        self.stop()
        self.log.known_ids.forget()
        self.start()

    def lead(self) -> None:
        self._core.role = Leads()

    def follow(self, host: str | None, port: int = 0) -> None:
        """Refuses what requires the leader and names this one; host None: knows of none."""
        self._core.role = Follows(host, port)

    def set_gossip(self, members: Sequence[Member] | Callable[[], Sequence[Member]]) -> None:
        """What Gossip.Read lists from now on, instead of this node alone as leader."""
        self._members = members if callable(members) else lambda: members

    def events(self, stream_prefix: str = "") -> list[Stored]:
        """The log in commit order: every event that $all would show of these streams, with
        stream, revision, event_id, type, data, metadata and position."""
        shown = [event for event in self.log.events.kept() if event.stream not in HIDDEN_STREAMS]
        return [event for event in shown if event.stream.startswith(stream_prefix)]

    def _listed(self) -> Sequence[Member]:
        return [self._self] if self._members is None else self._members()
