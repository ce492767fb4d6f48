"""The ways in which a call ends with an error: status, text and trailers, as a server words them.

Plain values; who finds out raises Refused, and calls.py turns that into a gRPC status.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc

NOT_READY_TEXT = "Server Is Not Ready"
TOO_BUSY_TEXT = "Server Is Too Busy"
BUSY_IN_BATCH_TEXT = "Server Is Busy"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Ends the whole call."""

    code: grpc.StatusCode
    details: str
    trailers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A handler raises this; the call then ends with the refusal's status."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.details)
        self.refusal = refusal


def stream_deleted(stream: str) -> Refusal:
    return Refusal(
        grpc.StatusCode.FAILED_PRECONDITION,
        f"Event stream '{stream}' is deleted.",
        {"exception": "stream-deleted", "stream-name": stream},
    )


def delete_conflict(stream: str, expected: int, actual: int) -> Refusal:
    return Refusal(
        grpc.StatusCode.FAILED_PRECONDITION,
        f"Delete failed due to WrongExpectedVersion. Stream: {stream},"
        f" Expected version: {expected}, Actual version: {actual}",
        {
            "exception": "wrong-expected-version",
            "stream-name": stream,
            "expected-version": str(expected),
            "actual-version": str(actual),
        },
    )


def append_too_large(bytes_max: int) -> Refusal:
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"Maximum Append Size of {bytes_max} Exceeded.",
        {"exception": "maximum-append-size-exceeded", "maximum-append-size": str(bytes_max)},
    )


def metadata_property_missing(name: str) -> Refusal:
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"Required Metadata Property '{name}' is missing",
        {
            "exception": "missing-required-metadata-property",
            "required-metadata-properties": "type,content-type",
        },
    )


def not_leader(host: str, port: int) -> Refusal:
    return Refusal(
        grpc.StatusCode.NOT_FOUND,
        "Leader info available",
        {
            "exception": "not-leader",
            "leader-endpoint-host": host,
            "leader-endpoint-port": str(port),
        },
    )


def invalid_argument(details: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, details)


def unknown(details: str) -> Refusal:
    return Refusal(grpc.StatusCode.UNKNOWN, details)


def unavailable(details: str) -> Refusal:
    return Refusal(grpc.StatusCode.UNAVAILABLE, details)


def write_timeout() -> Refusal:
    return Refusal(grpc.StatusCode.ABORTED, "Operation timed out: WriteEvents timed out.")


UNAUTHENTICATED = Refusal(grpc.StatusCode.UNAUTHENTICATED, "Received http2 header with status: 401")
ACCESS_DENIED = Refusal(
    grpc.StatusCode.PERMISSION_DENIED, "Access Denied", {"exception": "access-denied"}
)
NOT_READY = unavailable(NOT_READY_TEXT)
TOO_BUSY = unavailable(TOO_BUSY_TEXT)
BROKEN = unavailable("Socket closed")
HANDLER_EXCEPTION = unknown("Exception was thrown by handler.")
INVALID_READ_POSITION = invalid_argument("Trying to read from an invalid position.")
CONSUMER_TOO_SLOW = Refusal(
    grpc.StatusCode.ABORTED,
    "Operation timed out: Consumer too slow to handle event while live."
    " Client resubscription required.",
)
