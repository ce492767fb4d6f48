"""One BatchAppend call: many appends share it, each answered under its correlation id.

A thread of its own reads the requests and does the appends, so that the handler can send
answers, time out what is never final, and break off at once, whatever else is going on.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

import grpc
from esdbclient.protos.Grpc import shared_pb2, status_pb2, streams_pb2

from tests.esdb_double import answers
from tests.esdb_double.calls import WAIT_S_MAX, Call
from tests.esdb_double.convert import (
    BadRequest,
    expected_version,
    proposed,
    uuid_message,
    uuid_of,
    words,
    writable_stream_name,
)
from tests.esdb_double.events import Conflict, StreamDeleted
from tests.esdb_double.faults import Fate
from tests.esdb_double.node_core import NodeCore
from tests.esdb_double.refusals import BROKEN, Refused

WRITE_TIMEOUT_S = 2.0  # the server's own limit, whatever the client asks for


class Signal(Enum):
    WAKE = auto()
    END = auto()


@dataclass(slots=True)
class Draft:
    """An append that is not final yet."""

    correlation: shared_pb2.UUID
    options: streams_pb2.BatchAppendReq.Options
    deadline_s: float  # on the monotonic clock
    messages: list[streams_pb2.BatchAppendReq.ProposedMessage] = field(default_factory=list)
    data_bytes: int = 0


Answer: TypeAlias = streams_pb2.BatchAppendResp
Due: TypeAlias = tuple[float, int, Answer | bytes]  # bytes: the key of a draft that expires then


class BatchCall:
    """The appends of one call, in order of arrival."""

    def __init__(self, node: NodeCore, call: Call) -> None:
        self._node = node
        self._call = call
        self._outbox: queue.SimpleQueue[Answer | Due | Signal] = queue.SimpleQueue()
        self._drafts: dict[bytes, Draft] = {}
        self._sequence = itertools.count()
        self._held = 0  # half-closing waits for them
        self._lock = threading.Lock()
        call.on_wake = lambda: self._outbox.put(Signal.WAKE)

    def read(self, requests: Iterator[streams_pb2.BatchAppendReq]) -> None:
        """Until the client half-closes or the call ends."""
        try:
            for request in requests:
                self._node.wait_while_frozen(self._call)
                self._take(request)
        except Refused as refused:
            self._call.cut(refused.refusal)
        except grpc.RpcError:
            pass  # the client went away
        finally:
            self._outbox.put(Signal.END)

    def answers(self) -> Iterator[Answer]:
        """Everything that is to be sent, when it is due. Raises Refused when cut."""
        later: list[Due] = []
        half_closed = False
        while self._call.active:
            try:
                item = self._outbox.get(timeout=_until(later))
            except queue.Empty:
                item = Signal.WAKE
            self._call.check()
            if self._node.faults.frozen:
                self._node.wait_while_frozen(self._call)
            if isinstance(item, streams_pb2.BatchAppendResp):
                yield item
            elif isinstance(item, tuple):
                heapq.heappush(later, item)
            elif item is Signal.END:
                half_closed = True
            while later and later[0][0] <= time.monotonic():
                yield from self._ripe(heapq.heappop(later)[2])
            waiting = self._held or any(not isinstance(due[2], bytes) for due in later)
            if half_closed and not waiting and self._outbox.empty():
                return

    def _ripe(self, item: Answer | bytes) -> Iterator[Answer]:
        if isinstance(item, bytes):
            draft = self._drafts.pop(item, None)
            if draft is not None:
                correlation = uuid_message(uuid_of(draft.correlation), structured=True)
                identifier = draft.options.stream_identifier
                yield answers.batch_error(answers.timeout_status(), correlation, identifier)
            return
        yield item

    def _take(self, request: streams_pb2.BatchAppendReq) -> None:
        key = request.correlation_id.SerializeToString()
        draft = self._drafts.get(key)
        whole = draft is None and request.is_final
        if draft is None:
            if not request.HasField("options"):
                return None
            limit_s = _limit_s(request.options)
            draft = Draft(request.correlation_id, request.options, time.monotonic() + limit_s)
            if limit_s <= 0:
                return self._refuse(draft, answers.timeout_status())
            if not request.is_final:
                self._drafts[key] = draft
                self._outbox.put((draft.deadline_s, next(self._sequence), key))
        draft.messages.extend(request.proposed_messages)
        draft.data_bytes += sum(len(message.data) for message in request.proposed_messages)
        if draft.data_bytes > self._node.append_bytes_max:
            self._drafts.pop(key, None)
            return self._refuse(draft, answers.too_large_status(self._node.append_bytes_max))
        # What expired meanwhile has been answered and is dropped.
        if request.is_final and (whole or self._drafts.pop(key, None) is not None):
            self._finish(draft)
        return None

    def _finish(self, draft: Draft) -> None:
        self._node.refuse_if_not_leader(self._call)
        fate = self._node.faults.fate_of_append(
            draft.options.stream_identifier.stream_name.decode(errors="replace")
        )
        match fate:
            case Fate.NORMAL | Fate.ANSWER_LOST:
                self._store_and_answer(draft, lose=fate is Fate.ANSWER_LOST)
            case Fate.TIMED_OUT_STORED:
                self._store(draft)
                self._refuse(draft, answers.timeout_status())
            case Fate.TIMED_OUT:
                self._refuse(draft, answers.timeout_status())
            case Fate.NOT_READY:
                self._refuse(draft, answers.not_ready_status())
            case Fate.BUSY:
                self._refuse(draft, answers.busy_status())
            case Fate.UNAVAILABLE:
                raise Refused(BROKEN)

    def _store_and_answer(self, draft: Draft, *, lose: bool) -> None:
        faults = self._node.faults
        if faults.holding:
            with self._lock:
                self._held += 1
            answer = self._store(draft) if faults.holding_stored else None
            faults.hold(lambda: self._release(draft, answer))
            return
        answer = self._store(draft)
        if lose:
            raise Refused(BROKEN)
        self._send(answer)

    def _release(self, draft: Draft, answer: Answer | None) -> None:
        if self._call.active:
            self._outbox.put(answer or self._store(draft))
        with self._lock:
            self._held -= 1

    def _store(self, draft: Draft) -> Answer:
        identifier, options = draft.options.stream_identifier, draft.options
        try:
            name = writable_stream_name(identifier)
            chosen = options.WhichOneof("expected_stream_position")
            expected = expected_version(chosen, options.stream_position)
            events = [proposed(message) for message in draft.messages]
            result = self._node.append(name, expected, events)
        except BadRequest as bad:
            status = answers.bad_request_status(words(bad, self._node.traits))
        except StreamDeleted:
            status = answers.deleted_status(identifier)
        else:
            if not isinstance(result, Conflict):
                return answers.batch_success(result, draft.correlation, identifier)
            status = answers.conflict_status(result, expected)
        return answers.batch_error(status, draft.correlation, identifier)

    def _refuse(self, draft: Draft, status: status_pb2.Status) -> None:
        identifier = draft.options.stream_identifier
        self._send(answers.batch_error(status, draft.correlation, identifier))

    def _send(self, answer: Answer) -> None:
        delay_s = self._node.faults.delay_s
        if not delay_s:
            self._outbox.put(answer)
        else:
            self._outbox.put((time.monotonic() + delay_s, next(self._sequence), answer))


def _until(later: list[Due]) -> float:
    """How long the next answer may be waited for, in seconds."""
    if not later:
        return WAIT_S_MAX
    return min(WAIT_S_MAX, max(0.0, later[0][0] - time.monotonic()))


def _limit_s(options: streams_pb2.BatchAppendReq.Options) -> float:
    """How long the append may take: what the client asks for, at most what the server allows."""
    match options.WhichOneof("deadline_option"):
        case "deadline":
            asked_s = options.deadline.seconds + options.deadline.nanos / 1e9
        case "deadline_21_10_0":
            at = options.deadline_21_10_0
            asked_s = at.seconds + at.nanos / 1e9 - time.time()
        case _:
            asked_s = WRITE_TIMEOUT_S
    return min(asked_s, WRITE_TIMEOUT_S)
