"""What the services of one node share: its log, its faults, its part in the cluster, its counts.

Holds no port and no thread; node.py gives it those.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import grpc

from tests.esdb_double import writes
from tests.esdb_double.access import Access
from tests.esdb_double.calls import Call, OpenCalls
from tests.esdb_double.engines import Traits
from tests.esdb_double.events import Appended, Conflict, Proposed
from tests.esdb_double.faults import Fate, Faults
from tests.esdb_double.log import Log
from tests.esdb_double.refusals import (
    BROKEN,
    NOT_READY,
    TOO_BUSY,
    Refusal,
    Refused,
    not_leader,
    write_timeout,
)

FROZEN_LOOK_S = 0.05

Answer = TypeVar("Answer")

REFUSALS: dict[Fate, Refusal] = {
    Fate.UNAVAILABLE: BROKEN,
    Fate.NOT_READY: NOT_READY,
    Fate.BUSY: TOO_BUSY,
    Fate.TIMED_OUT: write_timeout(),
    Fate.TIMED_OUT_STORED: write_timeout(),
}


@dataclass(frozen=True, slots=True)
class Leads:
    """The node is the leader."""


@dataclass(frozen=True, slots=True)
class Follows:
    """The node is a follower; host is None while it knows of no leader."""

    host: str | None
    port: int = 0


Role: TypeAlias = Leads | Follows


@dataclass(slots=True)
class Counters:
    """What a node has seen. calls: by method, opened ones, refused or not."""

    appends_seen: int = 0
    appends_stored: int = 0
    repeats: int = 0
    conflicts: int = 0
    calls: Counter[str] = field(default_factory=Counter)


class NodeCore:
    """One node as its services see it."""

    def __init__(self, log: Log, traits: Traits, access: Access | None) -> None:
        """access: None on an insecure node, where everybody may do everything."""
        self.log = log
        self.access = access
        self.traits = traits
        self.append_bytes_max = traits.append_bytes_max  # summed over the data of one append
        self.calls = OpenCalls()
        self.faults = Faults(self.calls)
        self.role: Role = Leads()
        self._counters = Counters()
        self._counting = threading.Lock()

    @property
    def counters(self) -> Counters:
        """As of now; the copy changes no more."""
        with self._counting:
            seen = self._counters
            return Counters(
                seen.appends_seen,
                seen.appends_stored,
                seen.repeats,
                seen.conflicts,
                Counter(seen.calls),
            )

    def count(self, method: str) -> None:
        """A call was opened."""
        with self._counting:
            self._counters.calls[method] += 1

    @contextmanager
    def call(self, method: str, context: grpc.ServicerContext) -> Iterator[Call]:
        """An open call that may go on: not frozen, not refused, and on the leader if need be."""
        self.count(method)
        with self.calls.opened(method, context) as call:
            self.wait_while_frozen(call)
            self.let_in(call)
            if method not in ("Append", "BatchAppend"):
                self.refuse(self.faults.fate_of_call())
            self.refuse_if_not_leader(call)
            yield call

    def answer(
        self, method: str, context: grpc.ServicerContext, handle: Callable[[Call], Answer]
    ) -> Answer:
        """The one answer of a call without an answer stream."""
        with self.call(method, context) as call:
            answer = handle(call)
            time.sleep(self.faults.delay_s)
            return answer
        raise RuntimeError("a refused call has been aborted by now")

    def append(self, stream: str, expected: int, events: Sequence[Proposed]) -> Appended | Conflict:
        """Counted. Raises StreamDeleted."""
        with self._counting:
            self._counters.appends_seen += 1
        result = writes.append(self.log, stream, expected, events)
        with self._counting:
            if isinstance(result, Conflict):
                self._counters.conflicts += 1
            elif result.repeated:
                self._counters.repeats += 1
            else:
                self._counters.appends_stored += 1
        return result

    def let_in(self, call: Call, *, anybody: bool = False) -> None:
        """Raises Refused for a stranger, and, unless anybody may call, for whoever is nobody."""
        if self.access is not None:
            call.user = self.access.user(call.authorization)
            if not anybody:
                self.access.check_stream(call.user)

    def wait_while_frozen(self, call: Call) -> None:
        """Raises Refused when the call is cut or gone by then."""
        while self.faults.frozen and call.active:
            call.wait(FROZEN_LOOK_S)
        call.check()
        if not call.active:
            raise Refused(BROKEN)

    def refuse(self, fate: Fate) -> None:
        """Raises Refused for a fate that ends a call before anything is done."""
        if fate in REFUSALS:
            raise Refused(REFUSALS[fate])

    def refuse_if_not_leader(self, call: Call) -> None:
        """A follower serves only those who do not ask for the leader."""
        if isinstance(self.role, Leads) or not call.requires_leader:
            return
        if self.role.host is None:
            raise Refused(NOT_READY)
        raise Refused(not_leader(self.role.host, self.role.port))
