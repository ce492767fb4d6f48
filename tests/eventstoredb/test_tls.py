"""TLS: the certificate is checked, or not, as asked; credentials go with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from esdbclient.protos.Grpc.streams_pb2 import ReadReq, ReadResp
from esdbclient.protos.Grpc.streams_pb2_grpc import (
    StreamsServicer,
    add_StreamsServicer_to_server,
)

from adapters.event_store.eventstoredb import reader
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import StoreUnavailable
from domain.log import BEFORE_FIRST

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "certificate"
CERTIFICATE, KEY = HERE / "node.crt", HERE / "node.key"  # for localhost, of these tests only


class EmptyLog(StreamsServicer):
    """A server with nothing in it, that notes the headers of each read."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.answers: list[ReadResp] = []
        self.port = 0

    async def Read(  # noqa: N802 - the protocol's name
        self, request: ReadReq, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[ReadResp]:
        metadata: Any = context.invocation_metadata() or ()
        self.headers = {str(key): str(value) for key, value in metadata}
        for response in self.answers:
            yield response


@pytest.fixture
async def log() -> AsyncIterator[EmptyLog]:
    log = EmptyLog()
    server = grpc.aio.server()
    add_StreamsServicer_to_server(log, server)  # type: ignore[no-untyped-call]
    pair = (KEY.read_bytes(), CERTIFICATE.read_bytes())
    log.port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    await server.start()
    yield log
    await server.stop(None)


async def head(uri: str) -> int:
    store = EventStoreDBStore(uri)
    try:
        return await store.head()
    finally:
        await store.aclose()


async def test_a_known_certificate_is_accepted_and_credentials_are_sent(log: EmptyLog) -> None:
    uri = f"esdb://ops:p%40ss@localhost:{log.port}?tlsCaFile={CERTIFICATE}&connectionName=till"
    assert await head(uri) == BEFORE_FIRST
    assert log.headers["authorization"] == "Basic b3BzOnBAc3M="
    assert log.headers["requires-leader"] == "true"
    assert log.headers["connection-name"] == "till"


async def test_an_unknown_certificate_is_refused(
    log: EmptyLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STREAM_READ_TIMEOUT_S", 1.0)
    with pytest.raises(StoreUnavailable, match="TLS"):
        await head(f"esdb://ops:secret@localhost:{log.port}")
    assert log.headers == {}


async def test_an_unknown_certificate_is_taken_when_told_so(log: EmptyLog) -> None:
    assert await head(f"esdb://localhost:{log.port}?tlsVerifyCert=false") == BEFORE_FIRST
    assert "authorization" not in log.headers


async def test_nobody_listens_and_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "STREAM_READ_TIMEOUT_S", 0.5)
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1"):
        await head("esdb://127.0.0.1:1?tlsVerifyCert=false")
