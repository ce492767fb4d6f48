"""Catch-up subscriptions, by two engines: classic (up to 23.10) and newer (from 24.2), which tells
other checkpoints in 26.1.

A subscription is an iterator over what the client gets. It yields None when there is nothing
more for now; whoever iterates then waits for the log to grow. It never ends by itself, and
raises StreamDeleted, InvalidPosition or EmptyWindow where the server ends the call. Must not
know gRPC or wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.esdb_double.engines import NOTHING_YET, Traits
from tests.esdb_double.events import Stored
from tests.esdb_double.filters import WINDOW_DEFAULT, EventFilter, is_shown
from tests.esdb_double.log import Log
from tests.esdb_double.reads import Edge, refuse_if_deleted
from tests.esdb_double.sequence import Page

STREAM_PAGE_EVENTS = 500


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The first message of every subscription."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """From here on events come as they are written."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A position to resume from, though no event was delivered there."""

    commit: int
    prepare: int


_NOTHING_YET = Checkpoint(NOTHING_YET, NOTHING_YET)

Message: TypeAlias = Confirmed | CaughtUp | Checkpoint | Stored
Subscription: TypeAlias = Iterator[Message | None]


class EmptyWindow(Exception):
    """The newer engine fails when no event may be examined."""


def subscribe_to_stream(log: Log, name: str, start: int | Edge, *, classic: bool) -> Subscription:
    """A revision is exclusive. The classic engine catches up only once the stream exists."""
    stream = log.stream(name)
    refuse_if_deleted(log, stream)
    yield Confirmed()
    if start is Edge.END:
        cursor = stream.current + 1
    else:
        cursor = 0 if isinstance(start, Edge) else start + 1
        while classic and not stream.readable and stream.tombstone is None:
            yield None
        refuse_if_deleted(log, stream)
        behind = True
        while behind:
            with log.lock:
                last = stream.current
                page = log.visible(name, cursor, min(last, cursor + STREAM_PAGE_EVENTS - 1))
            yield from page
            behind = cursor + STREAM_PAGE_EVENTS <= last
            cursor = max(cursor, min(last + 1, cursor + STREAM_PAGE_EVENTS))
    yield CaughtUp()
    while True:
        while cursor <= stream.current:
            yield stream.events[cursor]
            cursor += 1
        if stream.tombstone is not None:
            yield stream.tombstone
        refuse_if_deleted(log, stream)
        yield None


def subscribe_to_all(
    log: Log, start: int | Edge, wanted: EventFilter | None, traits: Traits
) -> Subscription:
    """A position is exclusive; it must be where a record starts, or beyond the end."""
    if traits.classic:
        return _classic_all(log, start, wanted)
    return _newer_all(log, start, wanted, tells_last_only=traits.tells_last_only)


def _classic_all(log: Log, start: int | Edge, wanted: EventFilter | None) -> Subscription:
    index, after = _begin(log, start)
    window = WINDOW_DEFAULT if wanted is None else wanted.window
    examined = 0
    confirmed = False
    while start is not Edge.END:
        with log.lock:
            page = log.events[index : index + window]
            at_end = index + len(page) >= len(log.events)
        if not confirmed:
            yield Confirmed()
            confirmed = True
        delivered: Stored | None = None
        for event in _shown(page, after, wanted):
            yield event
            delivered = event
        index += len(page)
        examined += len(page)
        if at_end:
            break
        if not page:  # a window of none never gets anywhere
            yield None
        elif wanted is not None and examined >= wanted.interval:
            examined %= wanted.interval
            yield _of(delivered) if delivered else Checkpoint(page[:2][-1].position, 0)
    if not confirmed:
        yield Confirmed()
    yield CaughtUp()
    yield from _live(log, index, wanted, examined, None)


def _newer_all(
    log: Log, start: int | Edge, wanted: EventFilter | None, *, tells_last_only: bool
) -> Subscription:
    yield Confirmed()
    if wanted is not None and wanted.window == 0:
        raise EmptyWindow
    subscribed_at = len(log.events)
    with log.lock:
        index, after = _begin(log, start)
        behind = start is not Edge.END and after < log.events[-1].position
        if not behind:
            index = len(log.events)
    window = WINDOW_DEFAULT if wanted is None else wanted.window
    told = _NOTHING_YET if start is Edge.START else Checkpoint(after, after)
    begun = Checkpoint(max(after, 0), max(after, 0))  # where the page begins
    sent: Checkpoint | None = None
    examined = 0
    while behind:
        with log.lock:
            page = log.events[index : index + window]
            behind = index + len(page) < len(log.events)
        reached = begun
        for event in _shown(page, after, wanted):
            yield event
            told = reached = _of(event)
        index += len(page)
        examined += len(page)
        if wanted is not None and (examined >= wanted.interval or not behind):
            is_last_told = tells_last_only and examined < wanted.interval
            examined %= wanted.interval
            told = told if is_last_told else reached
            if _is_later(told, sent):
                yield told
                sent = told
        if behind:
            begun = Checkpoint(log.events[index].position, 0)
    yield CaughtUp()
    since = (index - subscribed_at) % wanted.interval if wanted is not None else 0
    if after >= log.end:
        yield from _after(_live(log, index, wanted, since, sent), after)
    yield from _live(log, index, wanted, since, sent)


def _begin(log: Log, start: int | Edge) -> tuple[int, int]:
    """The index of the first event to examine, and the position after which it is delivered."""
    if isinstance(start, Edge):
        return (0 if start is Edge.START else len(log.events)), -1
    return log.index_at(start), start


def _live(
    log: Log, index: int, wanted: EventFilter | None, examined: int, sent: Checkpoint | None
) -> Subscription:
    """Every interval-th committed event brings a checkpoint, matching or not; none that is not
    later than `sent`, and nothing is later than nothing yet."""
    while True:
        while index < len(log.events):
            event, passed = log.events[index], 1
            if wanted is not None and not is_shown(event, wanted):
                to_tell = wanted.interval - examined
                passed = max(1, min(log.events.others_from(index), to_tell))
                event = log.events[index + passed - 1]
                log.events.passed_over += passed
            index += passed
            examined += passed
            if is_shown(event, wanted):
                yield event
            if wanted is not None and examined >= wanted.interval:
                examined = 0
                if _is_later(_of(event), sent):
                    yield _of(event)
        yield None


def _shown(page: Sequence[Stored], after: int, wanted: EventFilter | None) -> Iterator[Stored]:
    """Those that are delivered. What others wrote is passed over at once where it is not."""
    spans = iter(page.spans()) if isinstance(page, Page) else iter(page)
    index = 0
    for span in spans:
        if isinstance(span, int):  # as many more like the one before
            if is_shown(page[index - 1], wanted):
                alike = (page[index + more] for more in range(span))
                yield from (event for event in alike if event.position > after)
            elif isinstance(page, Page):
                page.events.passed_over += span
            index += span
            continue
        index += 1
        if span.position > after and is_shown(span, wanted):
            yield span


def _after(messages: Subscription, position: int) -> Subscription:
    for message in messages:
        if not isinstance(message, Stored) or message.position > position:
            yield message


def _of(event: Stored) -> Checkpoint:
    return Checkpoint(event.position, event.position)


def _is_later(one: Checkpoint, other: Checkpoint | None) -> bool:
    return other is None or (one.commit, one.prepare) > (other.commit, other.prepare)
