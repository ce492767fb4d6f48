"""Each fault that the double can be told to have, as a bare client meets it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from uuid import uuid4

import grpc
import pytest
from esdbclient.protos.Grpc import code_pb2

from tests.esdb_double import EsdbDouble
from tests.eventstoredb.raw_client import RawClient, trailers_of

pytestmark = pytest.mark.slow


@pytest.fixture
def double() -> Iterator[EsdbDouble]:
    with EsdbDouble() as started:
        yield started


@pytest.fixture
def client(double: EsdbDouble) -> Iterator[RawClient]:
    with RawClient(double.target) as opened:
        yield opened


def code_of(caught: pytest.ExceptionInfo[grpc.RpcError]) -> grpc.StatusCode:
    return caught.value.code()


def test_an_append_whose_answer_is_lost_is_stored_and_its_repeat_succeeds(
    double: EsdbDouble, client: RawClient
) -> None:
    double.faults.lose_answers(1)
    ids = [uuid4()]
    with pytest.raises(grpc.RpcError) as lost:
        client.append("s-1", ids=ids)
    repeated = client.append("s-1", ids=ids)
    assert code_of(lost) is grpc.StatusCode.UNAVAILABLE
    assert repeated.success.current_revision == 0
    assert [event.event_id for event in double.events("s-")] == ids
    assert (double.counters.appends_stored, double.counters.repeats) == (1, 1)


def test_a_lost_answer_breaks_the_batch_call_after_storing(
    double: EsdbDouble, client: RawClient
) -> None:
    double.faults.lose_answers(1, streams="lost-")
    batch, ids = client.open_batch(), [uuid4()]
    batch.send("kept-1")
    assert batch.receive().success.current_revision == 0
    batch.send("lost-1", ids=ids)
    with pytest.raises(grpc.RpcError) as lost:
        batch.receive()
    assert code_of(lost) is grpc.StatusCode.UNAVAILABLE
    assert [event.event_id for event in double.events("lost-")] == ids
    again = client.open_batch()
    again.send("lost-1", ids=ids)
    assert again.receive().success.current_revision == 0
    assert len(double.events("lost-")) == 1


@pytest.mark.parametrize("stored", [True, False])
def test_a_batch_call_is_cut_with_answers_outstanding(
    double: EsdbDouble, client: RawClient, stored: bool
) -> None:
    double.faults.hold_appends(stored=stored)
    batch = client.open_batch()
    for number in range(3):
        batch.send(f"s-{number}")
    double.faults.wait_until_held(3)
    double.faults.cut_appends()
    with pytest.raises(grpc.RpcError) as cut:
        batch.receive()
    assert code_of(cut) is grpc.StatusCode.UNAVAILABLE
    assert len(double.events("s-")) == (3 if stored else 0)
    assert client.append("s-9").success.current_revision == 0  # held no more


@pytest.mark.parametrize("stored", [True, False])
def test_held_appends_are_answered_on_release(
    double: EsdbDouble, client: RawClient, stored: bool
) -> None:
    double.faults.hold_appends(stored=stored)
    batch = client.open_batch()
    sent = [batch.send(f"s-{number}") for number in range(2)]
    double.faults.wait_until_held(2)
    assert len(double.events("s-")) == (2 if stored else 0)
    double.faults.release_appends()
    answers = [batch.receive() for _ in sent]
    assert {answer.correlation_id.string for answer in answers} == set(sent)
    assert len(double.events("s-")) == 2


def test_unavailable_counts_calls_and_appends(double: EsdbDouble, client: RawClient) -> None:
    double.faults.unavailable(3)
    batch = client.open_batch()
    batch.send("s-1")
    for refused in (batch.receive, lambda: client.append("s-1"), lambda: client.read("s-1")):
        with pytest.raises(grpc.RpcError) as caught:
            refused()
        assert code_of(caught) is grpc.StatusCode.UNAVAILABLE
    assert client.append("s-1").success.current_revision == 0


def test_unavailable_until_cleared(double: EsdbDouble, client: RawClient) -> None:
    double.faults.unavailable()
    for _ in range(5):
        with pytest.raises(grpc.RpcError):
            client.append("s-1")
    double.faults.clear()
    assert client.append("s-1").success.current_revision == 0


@pytest.mark.parametrize(
    ("fault", "in_batch", "elsewhere"),
    [
        ("not_ready", "Server Is Not Ready", "Server Is Not Ready"),
        ("busy", "Server Is Busy", "Server Is Too Busy"),
    ],
)
def test_not_ready_and_busy_are_no_success(
    double: EsdbDouble, client: RawClient, fault: str, in_batch: str, elsewhere: str
) -> None:
    getattr(double.faults, fault)()
    batch = client.open_batch()
    batch.send("s-1")
    status = batch.receive().error
    assert (status.code, status.message) == (code_pb2.OK, in_batch)
    assert status.details.type_url.endswith("google.protobuf.Empty")
    for refused in (lambda: client.append("s-1"), lambda: client.read("s-1")):
        with pytest.raises(grpc.RpcError) as caught:
            refused()
        assert code_of(caught) is grpc.StatusCode.UNAVAILABLE
        assert caught.value.details() == elsewhere
    assert double.events("s-") == []
    double.faults.clear()
    batch.send("s-1")
    assert batch.receive().success.current_revision == 0


@pytest.mark.parametrize("stored", [True, False])
def test_a_write_timeout_says_nothing_about_what_was_stored(
    double: EsdbDouble, client: RawClient, stored: bool
) -> None:
    double.faults.time_out(2, stored=stored)
    batch = client.open_batch()
    batch.send("s-1")
    status = batch.receive().error
    with pytest.raises(grpc.RpcError) as aborted:
        client.append("s-2")
    assert (status.code, status.message) == (code_pb2.DEADLINE_EXCEEDED, "Timeout")
    assert code_of(aborted) is grpc.StatusCode.ABORTED
    assert str(aborted.value.details()).startswith("Operation timed out: ")
    assert len(double.events("s-")) == (2 if stored else 0)


def test_an_append_never_final_times_out_and_is_dropped(client: RawClient) -> None:
    batch = client.open_batch()
    batch.send("s-1", final=False, deadline_s=1)
    answer = batch.receive()
    assert answer.error.message == "Timeout"
    assert answer.correlation_id.WhichOneof("value") == "structured"
    assert client.read("s-1")[0].HasField("stream_not_found")


def test_frozen_it_accepts_and_answers_only_after_the_thaw(
    double: EsdbDouble, client: RawClient
) -> None:
    batch = client.open_batch()
    batch.send("s-0")
    batch.receive()
    double.faults.freeze()
    batch.send("s-1")
    with pytest.raises(grpc.RpcError) as silent:
        client.streams.Append(iter(()), timeout=0.3)
    assert code_of(silent) is grpc.StatusCode.DEADLINE_EXCEEDED
    assert double.events("s-1") == []
    double.faults.thaw()
    assert batch.receive().success.current_revision == 0
    assert len(double.events("s-1")) == 1


def test_slow_delays_each_answer(double: EsdbDouble, client: RawClient) -> None:
    double.faults.slow(100)
    batch = client.open_batch()
    begun_s = time.monotonic()
    sent = [batch.send(f"s-{number}") for number in range(3)]
    batch.half_close()
    answers = [batch.receive() for _ in sent]
    assert time.monotonic() - begun_s >= 0.1
    assert [answer.correlation_id.string for answer in answers] == sent
    with pytest.raises(StopIteration):
        batch.receive()


def test_a_follower_names_its_leader_and_ends_the_batch_call(double: EsdbDouble) -> None:
    with RawClient(double.target, requires_leader=True) as strict:
        batch = strict.open_batch()
        batch.send("s-1")
        batch.receive()
        double.follow("127.0.0.1", 4711)
        batch.send("s-2")
        for refused in (batch.receive, lambda: strict.append("s-2"), lambda: strict.read("s-1")):
            with pytest.raises(grpc.RpcError) as caught:
                refused()
            trailers = trailers_of(caught)
            assert code_of(caught) is grpc.StatusCode.NOT_FOUND
            assert caught.value.details() == "Leader info available"
            assert trailers["exception"] == "not-leader"
            assert trailers["leader-endpoint-host"] == "127.0.0.1"
            assert trailers["leader-endpoint-port"] == "4711"
        assert double.events("s-2") == []


def test_a_follower_serves_who_does_not_require_the_leader(
    double: EsdbDouble, client: RawClient
) -> None:
    double.follow("127.0.0.1", 4711)
    assert client.append("s-1").success.current_revision == 0
    assert len(client.read("s-1")) == 1


@pytest.mark.parametrize(
    ("too_slow", "code"),
    [(False, grpc.StatusCode.UNAVAILABLE), (True, grpc.StatusCode.ABORTED)],
)
def test_subscriptions_are_cut(
    double: EsdbDouble, client: RawClient, too_slow: bool, code: grpc.StatusCode
) -> None:
    subscription = client.subscribe_to_all()
    kinds = [answer.WhichOneof("content") for answer in itertools.islice(subscription, 2)]
    double.faults.cut_subscriptions(too_slow=too_slow)
    with pytest.raises(grpc.RpcError) as cut:
        next(subscription)
    assert kinds == ["confirmation", "caught_up"]
    assert code_of(cut) is code


def test_calls_and_appends_are_counted(double: EsdbDouble, client: RawClient) -> None:
    ids = [uuid4(), uuid4()]
    client.append("s-1", ids=ids)
    client.append("s-1", ids=ids)
    client.append("s-1")
    client.read("s-1")
    client.gossip()
    counted = double.counters
    assert (counted.appends_seen, counted.appends_stored) == (3, 1)
    assert (counted.repeats, counted.conflicts) == (1, 1)
    assert counted.calls == {"Append": 3, "Read": 1, "Gossip": 1}
