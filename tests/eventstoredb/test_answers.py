"""Only an explicit success is a success; everything else has its own consequence."""

from __future__ import annotations

import pytest
from esdbclient.protos.Grpc import shared_pb2, status_pb2
from esdbclient.protos.Grpc.code_pb2 import Code
from esdbclient.protos.Grpc.streams_pb2 import BatchAppendResp
from google.protobuf.any_pb2 import Any
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from adapters.event_store.eventstoredb.answers import (
    Ambiguous,
    Answer,
    Conflict,
    Denied,
    NotNow,
    Stored,
    Tombstoned,
    TooLarge,
    meaning,
)
from adapters.event_store.eventstoredb.fates import Fate, Repeat, StoredUnseen, fate_of
from adapters.event_store.eventstoredb.pending import PendingAppend
from application.ports.event_store import (
    Appended,
    AppendRefused,
    AppendTooLarge,
    StreamNotWhole,
    WrongRevision,
)
from domain.log import NO_STREAM
from tests.event_store.builders import facts

WRONG = shared_pb2.WrongExpectedVersion


def error(code: int, message: str, details: Message) -> BatchAppendResp:
    packed = Any()
    packed.Pack(details)
    status = status_pb2.Status(code=Code.ValueType(code), message=message, details=packed)
    return BatchAppendResp(error=status)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (error(Code.ALREADY_EXISTS, "", WRONG(current_stream_revision=4)), Conflict(4)),
        (error(Code.ALREADY_EXISTS, "", WRONG(current_no_stream=Empty())), Conflict(NO_STREAM)),
        (error(Code.NOT_FOUND, "", shared_pb2.StreamDeleted()), Tombstoned()),
        (error(Code.PERMISSION_DENIED, "", shared_pb2.AccessDenied()), Denied("access denied")),
        (
            error(Code.INVALID_ARGUMENT, "", shared_pb2.MaximumAppendSizeExceeded(maxAppendSize=9)),
            TooLarge(9),
        ),
        (
            error(Code.INVALID_ARGUMENT, "", shared_pb2.BadRequest(message="no type")),
            Denied("bad request: no type"),
        ),
        (error(Code.OK, "Server Is Not Ready", Empty()), NotNow("Server Is Not Ready")),
        (error(Code.OK, "Server Is Busy", shared_pb2.Empty()), NotNow("Server Is Busy")),
        (
            error(Code.DEADLINE_EXCEEDED, "Timeout", shared_pb2.Timeout()),
            Ambiguous("Timeout (code 4)"),
        ),
        (error(Code.UNKNOWN, "Unknown", shared_pb2.Unknown()), Ambiguous("Unknown (code 2)")),
        (error(Code.OK, "", shared_pb2.Unknown()), Ambiguous("no message (code 0)")),
        (BatchAppendResp(error=status_pb2.Status()), Ambiguous("no message (code 0)")),
        (BatchAppendResp(), Ambiguous("an answer without a result")),
        (
            BatchAppendResp(success=BatchAppendResp.Success(no_stream=Empty())),
            Ambiguous("a success without a revision"),
        ),
        (
            BatchAppendResp(
                success=BatchAppendResp.Success(
                    current_revision=0,
                    position=shared_pb2.AllStreamPosition(commit_position=7, prepare_position=7),
                )
            ),
            Stored(0, 7),
        ),
        (
            BatchAppendResp(
                success=BatchAppendResp.Success(current_revision=3, no_position=Empty())
            ),
            Stored(3, None),
        ),
    ],
)
def test_what_an_answer_means(response: BatchAppendResp, answer: Answer) -> None:
    assert meaning(response) == answer


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Stored(6, 99), Appended(6, 99)),
        (Stored(6, None), StoredUnseen()),
        (NotNow("busy"), Repeat("busy", ambiguous=False)),
        (Ambiguous("late"), Repeat("late", ambiguous=True)),
    ],
)
async def test_what_follows_for_the_append(answer: Answer, fate: Fate) -> None:
    assert fate_of(PendingAppend("payment-1", 4, facts(2)), answer) == fate


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Stored(5, 99), StreamNotWhole),
        (Stored(7, 99), StreamNotWhole),
        (Conflict(5), WrongRevision),
        (Tombstoned(), StreamNotWhole),
        (TooLarge(1), AppendTooLarge),
        (Denied("no"), AppendRefused),
    ],
)
async def test_what_ends_an_append_for_good(answer: Answer, failure: type[Exception]) -> None:
    assert isinstance(fate_of(PendingAppend("payment-1", 4, facts(2)), answer), failure)


@pytest.mark.parametrize("repeats", [0, 1])
async def test_a_refusal_tells_whether_an_earlier_send_may_be_stored(repeats: int) -> None:
    append = PendingAppend("payment-1", 4, facts(2))
    append.repeats = repeats
    refused = fate_of(append, Denied("access denied"))
    assert isinstance(refused, AppendRefused)
    assert refused.nothing_stored is (repeats == 0)
