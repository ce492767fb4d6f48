"""Faults on demand, for tests that run in the double's process. Every method is thread-safe.

    double.faults.lose_answers(2)              the next two appends are stored, the call breaks
    double.faults.time_out(stored=False)       the next append gets the server's write timeout
    double.faults.hold_appends(stored=True)    answers stay outstanding ...
    double.faults.wait_until_held(3)           ... until three do ...
    double.faults.cut_appends()                ... and are lost; or release_appends() sends them
    double.faults.unavailable(3)               three calls (or appends) fail with UNAVAILABLE
    double.faults.not_ready() / busy()         until clear(), or for so many
    double.faults.freeze() / thaw()            accept everything, answer nothing
    double.faults.slow(50)                     each answer 50 ms late
    double.faults.flood()                      subscriptions never pause: stale checkpoints between
    double.faults.cut_subscriptions()          all subscriptions break
    double.faults.clear()                      back to normal; what is held is released

On a BatchAppend call each append counts as one; elsewhere each call. `streams` limits a fault of
appends to stream names that start so. Leadership, gossip, kill and restart belong to the node
(node.py) and the cluster (cluster.py). A frozen node still answers HTTP/2 pings, because gRPC
does so by itself: relay.py freezes the wire, and SIGSTOP a double that was started alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.esdb_double.calls import OpenCalls
from tests.esdb_double.refusals import BROKEN, CONSUMER_TOO_SLOW

HELD_WAIT_S = 10.0


class Fate(Enum):
    """What becomes of an append or a call."""

    NORMAL = auto()
    ANSWER_LOST = auto()
    TIMED_OUT = auto()
    TIMED_OUT_STORED = auto()
    UNAVAILABLE = auto()
    NOT_READY = auto()
    BUSY = auto()


OF_ANY_CALL = frozenset({Fate.UNAVAILABLE, Fate.NOT_READY, Fate.BUSY})


@dataclass(slots=True)
class _Order:
    """left: None means until told otherwise."""

    fate: Fate
    left: int | None
    streams: str = ""


class Faults:
    """What is to go wrong on one node."""

    def __init__(self, calls: OpenCalls) -> None:
        self._calls = calls
        self._changed = threading.Condition()
        self._orders: list[_Order] = []
        self._held: list[Callable[[], None]] = []
        # Read without the lock, so that a double without faults pays nothing for them.
        self.frozen = False
        self.flooding = False
        self.delay_s = 0.0
        self.holding = False
        self.holding_stored = False
        self._armed = False

    def lose_answers(self, appends: int | None = 1, *, streams: str = "") -> None:
        """Stores each, then breaks its call, other answers outstanding on it included."""
        self._order(Fate.ANSWER_LOST, appends, streams)

    def time_out(self, appends: int | None = 1, *, stored: bool, streams: str = "") -> None:
        """Answers with the server's write timeout, which says nothing about what was stored."""
        self._order(Fate.TIMED_OUT_STORED if stored else Fate.TIMED_OUT, appends, streams)

    def unavailable(self, calls: int | None = None) -> None:
        """UNAVAILABLE; on an open BatchAppend call, the next append breaks it."""
        self._order(Fate.UNAVAILABLE, calls)

    def not_ready(self, calls: int | None = None) -> None:
        """As while a node starts: over BatchAppend a status with code 0, else UNAVAILABLE."""
        self._order(Fate.NOT_READY, calls)

    def busy(self, calls: int | None = None) -> None:
        """As not_ready, with the words of an overloaded server."""
        self._order(Fate.BUSY, calls)

    def hold_appends(self, *, stored: bool) -> None:
        """From now on appends get no answer, stored or not, until release or a cut."""
        with self._changed:
            self.holding, self.holding_stored = True, stored

    @property
    def held(self) -> int:
        return len(self._held)

    def wait_until_held(self, count: int, timeout_s: float = HELD_WAIT_S) -> None:
        """Raises TimeoutError when so many appends are not held in time. Blocks."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._held) >= count, timeout_s):
                raise TimeoutError(f"{len(self._held)} of {count} appends held")

    def release_appends(self) -> None:
        """Answers what is held; an append not stored yet is stored now."""
        with self._changed:
            self.holding, held, self._held = False, self._held, []
        for go_on in held:
            go_on()

    def cut_appends(self) -> None:
        """Breaks every open BatchAppend and Append call; what is held is dropped, stored or not,
        and later appends are held no more."""
        with self._changed:
            self.holding, self._held = False, []
        for call in self._calls.of("BatchAppend") + self._calls.of("Append"):
            call.cut(BROKEN)

    def cut_subscriptions(self, *, too_slow: bool = False) -> None:
        """Breaks every read and subscription, or ends it as for a consumer that is too slow."""
        for call in self._calls.of("Read"):
            call.cut(CONSUMER_TOO_SLOW if too_slow else BROKEN)

    def freeze(self) -> None:
        self.frozen = True

    def thaw(self) -> None:
        """What came in meanwhile is now worked off."""
        self.frozen = False
        self._calls.wake_all()

    def slow(self, delay_ms: float) -> None:
        self.delay_s = delay_ms / 1000

    def flood(self) -> None:
        """Subscriptions get something to read at any time, as fast as gRPC's core can send it."""
        self.flooding = True
        self._calls.wake_all()

    def clear(self) -> None:
        with self._changed:
            self._orders.clear()
            self._armed = False
        self.flooding = False
        self.slow(0)
        self.thaw()
        self.release_appends()

    def fate_of_append(self, stream: str) -> Fate:
        """For the node: takes the next order that fits."""
        if not self._armed:
            return Fate.NORMAL
        return self._take(lambda order: stream.startswith(order.streams))

    def fate_of_call(self) -> Fate:
        """For the node: of a call that is no append."""
        if not self._armed:
            return Fate.NORMAL
        return self._take(lambda order: order.fate in OF_ANY_CALL)

    def hold(self, go_on: Callable[[], None]) -> None:
        """For the node: keeps this for release_appends, or does it if that has just happened."""
        with self._changed:
            if self.holding:
                self._held.append(go_on)
                self._changed.notify_all()
                return
        go_on()

    def _order(self, fate: Fate, count: int | None, streams: str = "") -> None:
        with self._changed:
            self._orders.append(_Order(fate, count, streams))
            self._armed = True

    def _take(self, fits: Callable[[_Order], bool]) -> Fate:
        with self._changed:
            order = next(filter(fits, self._orders), None)
            if order is None:
                return Fate.NORMAL
            if order.left is not None:
                order.left -= 1
                if order.left <= 0:
                    self._orders.remove(order)
                    self._armed = bool(self._orders)
            return order.fate
