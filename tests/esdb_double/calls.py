"""The calls that are open on a node: how each waits, is woken, is broken off, and ends.

Must not know what a call is about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc

from tests.esdb_double.events import StreamDeleted
from tests.esdb_double.refusals import Refusal, Refused, stream_deleted

WAIT_S_MAX = 0.25  # a waiting handler looks this often whether its call is still there


class Call:
    """One open call, used by its handler's thread; wake and cut may come from any thread."""

    def __init__(self, method: str, context: grpc.ServicerContext) -> None:
        self.method = method
        self.on_wake: Callable[[], None] | None = None
        self._context = context
        self._woken = threading.Event()
        self._ended = False
        self._refusal: Refusal | None = None
        headers = {str(key): str(value) for key, value in context.invocation_metadata() or ()}
        self.requires_leader = headers.get("requires-leader") == "true"
        self.authorization = headers.get("authorization")
        self.user: str | None = None  # once it is known

    @property
    def active(self) -> bool:
        return not self._ended

    def wake(self) -> None:
        self._woken.set()
        if self.on_wake is not None:
            self.on_wake()

    def wait(self, timeout_s: float = WAIT_S_MAX) -> None:
        """Returns when woken, and at the latest after timeout_s. Raises Refused once cut."""
        self._woken.wait(timeout_s)
        self._woken.clear()
        self.check()

    def cut(self, refusal: Refusal) -> None:
        """Breaks the call off; what was not sent yet is never sent."""
        self._refusal = refusal
        self.wake()

    def check(self) -> None:
        if self._refusal is not None:
            raise Refused(self._refusal)

    def end(self) -> None:
        self._ended = True
        self.wake()


class OpenCalls:
    """All open calls of a node."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[Call] = set()

    @contextmanager
    def opened(self, method: str, context: grpc.ServicerContext) -> Iterator[Call]:
        """The call as long as its handler runs; what it raises becomes the call's status."""
        call = Call(method, context)
        if not context.add_callback(call.end):
            call.end()  # it had ended before its handler began
        with self._lock:
            self._calls.add(call)
        try:
            yield call
        except StreamDeleted as deleted:
            abort(context, stream_deleted(deleted.stream))
        except Refused as refused:
            abort(context, refused.refusal)
        finally:
            with self._lock:
                self._calls.discard(call)

    def of(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self._calls if call.method == method]

    def wake_all(self) -> None:
        with self._lock:
            calls = list(self._calls)
        for call in calls:
            call.wake()


def abort(context: grpc.ServicerContext, refusal: Refusal) -> None:
    """Never returns: gRPC ends the handler by an exception of its own."""
    context.set_trailing_metadata(tuple(refusal.trailers.items()))
    context.abort(refusal.code, refusal.details)
