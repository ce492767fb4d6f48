"""One Read call: a stream or $all, once or as a subscription, as messages of the protocol.

Refuses the combinations that a server refuses; what is read comes from reads.py and
subscriptions.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from uuid import uuid4

from esdbclient.protos.Grpc import shared_pb2, streams_pb2

from tests.esdb_double.calls import Call
from tests.esdb_double.convert import BadRequest, recorded, stream_name
from tests.esdb_double.events import InvalidPosition, Stored
from tests.esdb_double.filters import WINDOW_DEFAULT, EventFilter, event_filter
from tests.esdb_double.node_core import NodeCore
from tests.esdb_double.reads import (
    Delivered,
    Edge,
    UnreadableRange,
    deliver,
    read_all,
    read_stream,
)
from tests.esdb_double.refusals import (
    HANDLER_EXCEPTION,
    INVALID_READ_POSITION,
    Refused,
    invalid_argument,
    unknown,
)
from tests.esdb_double.subscriptions import (
    CaughtUp,
    Checkpoint,
    Confirmed,
    EmptyWindow,
    Subscription,
    subscribe_to_all,
    subscribe_to_stream,
)

Options = streams_pb2.ReadReq.Options
Response = streams_pb2.ReadResp
FORWARDS = Options.ReadDirection.Forwards
# A place that every subscriber has passed: to be ignored, and as bytes, so that nothing but gRPC's
# own core bounds how many are sent.
PASSED_LONG_AGO = Response(checkpoint=Response.Checkpoint()).SerializeToString()
FLOOD_MESSAGES = 10  # of them behind every message that says something


def read(node: NodeCore, call: Call, options: Options) -> Iterator[Response | bytes]:
    """Raises Refused or StreamDeleted where the call ends with an error."""
    _refuse_invalid(options)
    if node.access is not None and options.WhichOneof("stream_option") == "all":
        node.access.check_all(call.user)
    reader = ReadCall(node, call, options)
    if options.WhichOneof("count_option") == "subscription":
        yield from reader.subscribe()
    else:
        yield from reader.once()


class ReadCall:
    """What one set of options asks for."""

    def __init__(self, node: NodeCore, call: Call, options: Options) -> None:
        self._node = node
        self._call = call
        self._options = options
        self._structured = options.uuid_option.WhichOneof("content") == "structured"
        self._forwards = options.read_direction == FORWARDS

    def once(self) -> Iterator[Response]:
        """Ends after `count` events."""
        chosen = self._options.WhichOneof("stream_option")
        time.sleep(self._node.faults.delay_s)
        for answer in self._stream() if chosen == "stream" else self._all():
            self._wait_while_frozen()
            yield answer

    def subscribe(self) -> Iterator[Response | bytes]:
        """Never ends by itself."""
        log = self._node.log
        log.watch(self._call.wake)
        try:
            for message in self._messages():
                if message is not None:
                    self._wait_while_frozen()
                    if self._node.faults.delay_s:
                        time.sleep(self._node.faults.delay_s)
                    yield self._response(message)
                if self._node.faults.flooding:
                    yield from [PASSED_LONG_AGO] * FLOOD_MESSAGES
                elif message is None:
                    self._call.wait()
                self._call.check()
                if not self._call.active:
                    return
        except (InvalidPosition, EmptyWindow) as wrong:
            at_position = isinstance(wrong, InvalidPosition) and not self._node.traits.classic
            raise Refused(INVALID_READ_POSITION if at_position else HANDLER_EXCEPTION) from None
        finally:
            log.unwatch(self._call.wake)

    def _wait_while_frozen(self) -> None:
        self._call.check()
        if self._node.faults.frozen:
            self._node.wait_while_frozen(self._call)

    def _messages(self) -> Subscription:
        options, traits = self._options, self._node.traits
        if options.WhichOneof("stream_option") == "stream":
            name = _name(options)
            return subscribe_to_stream(
                self._node.log, name, _stream_start(options), classic=traits.classic
            )
        wanted = _filter(options)
        if wanted is not None and not options.filter.checkpointIntervalMultiplier:
            raise Refused(HANDLER_EXCEPTION)
        return subscribe_to_all(self._node.log, _all_start(options), wanted, traits)

    def _response(self, message: Stored | Confirmed | CaughtUp | Checkpoint) -> Response:
        match message:
            case Stored():
                return self._event(message)
            case Confirmed():
                confirmation = Response.SubscriptionConfirmation(subscription_id=str(uuid4()))
                return Response(confirmation=confirmation)
            case CaughtUp():
                return Response(caught_up=Response.CaughtUp())
            case Checkpoint(commit, prepare):
                checkpoint = Response.Checkpoint(commit_position=commit, prepare_position=prepare)
                return Response(checkpoint=checkpoint)

    def _stream(self) -> Iterator[Response]:
        options = self._options
        try:
            found = read_stream(
                self._node.log,
                _name(options),
                _stream_start(options),
                options.count,
                forwards=self._forwards,
            )
        except UnreadableRange:
            raise Refused(unknown(self._unreadable())) from None
        if found is None:
            identifier = shared_pb2.StreamIdentifier()
            identifier.CopyFrom(options.stream.stream_identifier)
            yield Response(stream_not_found=Response.StreamNotFound(stream_identifier=identifier))
            return
        tells_edges = options.control_option.compatibility >= 1
        if tells_edges and found.first_visible is not None:
            yield Response(first_stream_position=found.first_visible)
        for event in found.events:
            yield self._event(event)
        if tells_edges:
            yield Response(last_stream_position=found.last)

    def _all(self) -> Iterator[Response]:
        options = self._options
        wanted = _filter(options)
        is_classic = self._node.traits.classic
        if options.count == 0 or (wanted and wanted.window == 0 and is_classic):
            self._hang()
            return
        kind = "ReadAllResult" if wanted is None else "FilteredReadAllResult"
        try:
            start = _all_start(options)
            found = read_all(self._node.log, start, options.count, wanted, forwards=self._forwards)
            for event in found:
                yield self._event(event)
        except InvalidPosition:
            reason = self._node.traits.bad_position
            raise Refused(unknown(f"Unexpected {kind}: {reason}")) from None

    def _event(self, event: Stored) -> Response:
        if self._options.uuid_option.WhichOneof("content") is None:
            if not self._node.traits.classic:
                raise Refused(HANDLER_EXCEPTION)
            self._hang()
        found = deliver(self._node.log, event, resolve=self._options.resolve_links)
        return Response(event=self._read_event(found))

    def _read_event(self, found: Delivered) -> Response.ReadEvent:
        answer = Response.ReadEvent(commit_position=found.position)
        if found.event is not None:
            answer.event.CopyFrom(recorded(found.event, structured=self._structured))
        if found.link is not None:
            answer.link.CopyFrom(recorded(found.link, structured=self._structured))
        return answer

    def _unreadable(self) -> str:
        at_end = self._options.stream.WhichOneof("revision_option") == "end"
        if at_end and self._options.count:
            return self._node.traits.end_of_stream_forwards
        return "Unexpected ReadStreamResult: Error"

    def _hang(self) -> None:
        while self._call.active:
            self._call.wait()


def _refuse_invalid(options: Options) -> None:
    stream = options.WhichOneof("stream_option")
    count = options.WhichOneof("count_option")
    filtered = options.WhichOneof("filter_option")
    forwards = options.read_direction == FORWARDS
    known = stream is not None and count is not None and filtered is not None
    possible = (stream == "all" or filtered == "no_filter") and (count == "count" or forwards)
    if known and possible:
        return
    names = (stream, count, "forwards" if forwards else "backwards", filtered)
    said = ", ".join("".join(map(str.capitalize, (name or "none").split("_"))) for name in names)
    raise Refused(invalid_argument(f"The combination of ({said}) is invalid."))


def _name(options: Options) -> str:
    try:
        return stream_name(options.stream.stream_identifier)
    except BadRequest:
        raise Refused(HANDLER_EXCEPTION) from None


def _stream_start(options: Options) -> int | Edge:
    match options.stream.WhichOneof("revision_option"):
        case "revision":
            return options.stream.revision
        case "end":
            return Edge.END
        case _:
            return Edge.START


def _all_start(options: Options) -> int | Edge:
    """The commit position decides. Raises InvalidPosition if the other one is larger."""
    match options.all.WhichOneof("all_option"):
        case "position":
            position = options.all.position
            if position.prepare_position > position.commit_position:
                raise InvalidPosition(position.prepare_position)
            return position.commit_position
        case "end":
            return Edge.END
        case _:
            return Edge.START


def _filter(options: Options) -> EventFilter | None:
    if options.WhichOneof("filter_option") != "filter":
        return None
    asked = options.filter
    by_stream = asked.WhichOneof("filter") == "stream_identifier"
    expression = asked.stream_identifier if by_stream else asked.event_type
    try:
        return event_filter(
            "stream" if by_stream else "type",
            regex=expression.regex,
            prefixes=list(expression.prefix),
            window=asked.max if asked.WhichOneof("window") == "max" else WINDOW_DEFAULT,
            multiplier=asked.checkpointIntervalMultiplier,
        )
    except re.error:
        raise Refused(HANDLER_EXCEPTION) from None
