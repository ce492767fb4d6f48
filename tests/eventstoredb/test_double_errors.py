"""What esdbclient raises against the double is what it raises against servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from esdbclient import EventStoreDBClient, NewEvent, StreamState
from esdbclient import exceptions as raised

from tests.esdb_double import ENGINES, EsdbDouble

pytestmark = pytest.mark.slow

Client = EventStoreDBClient
Act = Callable[[Client], object]
NO_STREAM, ANY, EXISTS = StreamState.NO_STREAM, StreamState.ANY, StreamState.EXISTS
DATA_BYTES_MAX = 1_048_576


@pytest.fixture(params=ENGINES)
def double(request: pytest.FixtureRequest) -> Iterator[EsdbDouble]:
    with EsdbDouble(engine=request.param, append_bytes_max=DATA_BYTES_MAX) as started:
        yield started


@pytest.fixture
def client(double: EsdbDouble) -> Iterator[Client]:
    opened = EventStoreDBClient(f"esdb://{double.target}?Tls=false")
    opened.append_to_stream("there", current_version=NO_STREAM, events=[new_event(), new_event()])
    opened.append_to_stream("soft", current_version=NO_STREAM, events=[new_event()])
    opened.delete_stream("soft", current_version=ANY)
    opened.append_to_stream("buried", current_version=NO_STREAM, events=[new_event()])
    opened.tombstone_stream("buried", current_version=ANY)
    yield opened
    opened.close()


def new_event(data: bytes = b"{}", kind: str = "T", event_id: UUID | None = None) -> NewEvent:
    return NewEvent(type=kind, data=data, id=event_id or uuid4())


def one(stream: str, version: int | StreamState, event: NewEvent | None = None) -> Act:
    """One event object, which goes over Append."""
    return lambda client: client.append_to_stream(
        stream, current_version=version, events=event or new_event()
    )


def many(stream: str, version: int | StreamState, event: NewEvent | None = None) -> Act:
    """A list, which goes over BatchAppend."""
    return lambda client: client.append_to_stream(
        stream, current_version=version, events=[event or new_event()]
    )


TOO_LARGE = new_event(b"x" * (DATA_BYTES_MAX + 1))

CASES: dict[str, tuple[Act, type[Exception]]] = {
    "wrong version, one": (one("there", 0), raised.WrongCurrentVersion),
    "wrong version, many": (many("there", 0), raised.WrongCurrentVersion),
    "exists on missing": (many("missing", EXISTS), raised.WrongCurrentVersion),
    "exists on deleted, one": (one("soft", EXISTS), raised.FailedPrecondition),
    "exists on deleted, many": (many("soft", EXISTS), raised.StreamIsDeleted),
    "tombstoned, one": (one("buried", ANY), raised.FailedPrecondition),
    "tombstoned, many": (many("buried", ANY), raised.StreamIsDeleted),
    "too large, one": (one("s", ANY, TOO_LARGE), raised.GrpcError),
    "too large, many": (many("s", ANY, TOO_LARGE), raised.MaximumAppendSizeExceededError),
    "empty type, one": (one("s", ANY, new_event(kind="")), raised.ExceptionThrownByHandler),
    "empty type, many": (many("s", ANY, new_event(kind="")), raised.BadRequestError),
    "zero id, one": (
        one("s", ANY, NewEvent(type="T", data=b"", id=UUID(int=0))),
        raised.ExceptionThrownByHandler,
    ),
    "zero id, many": (
        many("s", ANY, NewEvent(type="T", data=b"", id=UUID(int=0))),
        raised.BadRequestError,
    ),
    "empty name, one": (one("", ANY), raised.ExceptionThrownByHandler),
    "empty name, many": (many("", ANY), raised.BadRequestError),
    "read missing": (lambda client: client.get_stream("missing"), raised.NotFound),
    "read deleted": (lambda client: client.get_stream("soft"), raised.NotFound),
    "read tombstoned": (lambda client: client.get_stream("buried"), raised.StreamIsDeleted),
    "subscribe tombstoned": (
        lambda client: client.subscribe_to_stream("buried"),
        raised.StreamIsDeleted,
    ),
    "delete, wrong version": (
        lambda client: client.delete_stream("there", current_version=0),
        raised.WrongCurrentVersion,
    ),
    "delete missing": (
        lambda client: client.delete_stream("missing", current_version=ANY),
        raised.NotFound,
    ),
    "delete deleted": (
        lambda client: client.delete_stream("soft", current_version=EXISTS),
        raised.StreamIsDeleted,
    ),
    "limit zero": (lambda client: client.get_stream("there", limit=0), raised.UnknownError),
    "read between records": (
        lambda client: list(client.read_all(commit_position=1)),
        raised.UnknownError,
    ),
    "read backwards beyond": (
        lambda client: list(client.read_all(commit_position=10**9, backwards=True)),
        raised.UnknownError,
    ),
    "bad regex": (
        lambda client: list(client.subscribe_to_all(filter_include=["("], timeout=5)),
        raised.ExceptionThrownByHandler,
    ),
    "quiet subscription": (
        lambda client: list(client.subscribe_to_stream("there", timeout=0.3)),
        raised.GrpcDeadlineExceeded,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_esdbclient_raises(client: Client, name: str) -> None:
    act, expected = CASES[name]
    with pytest.raises(expected) as caught:
        act(client)
    assert caught.type is expected


def test_what_is_no_error(client: Client) -> None:
    assert client.get_current_version("missing") is NO_STREAM
    assert client.get_current_version("soft") is NO_STREAM
    assert client.get_current_version("there") == 1
    assert client.get_stream_metadata("there") == ({}, NO_STREAM)
    assert list(client.read_all(commit_position=10**9)) == []


@pytest.mark.parametrize(
    ("fault", "single", "batch"),
    [
        ("busy", raised.ServiceUnavailable, raised.EventStoreDBClientException),
        ("not_ready", raised.ServiceUnavailable, raised.EventStoreDBClientException),
        ("time_out", raised.AbortedByServer, raised.AppendDeadlineExceeded),
    ],
)
def test_esdbclient_raises_for_a_server_in_trouble(
    double: EsdbDouble,
    client: Client,
    fault: str,
    single: type[Exception],
    batch: type[Exception],
) -> None:
    faults = double.faults
    (faults.time_out(None, stored=False) if fault == "time_out" else getattr(faults, fault)())
    for act, expected in ((many("unwritten", ANY), batch), (one("unwritten", ANY), single)):
        with pytest.raises(expected) as caught:
            act(client)
        assert caught.type is expected
    assert double.events("unwritten") == []
