"""Since which format of the installation each version of an event may be written.

During an upgrade, processes of two versions work on one log, and the older ones cannot read what
only the newer ones know. So a new event, or a new version of one, is written only once the
installation's format says that every process understands it (docs/decisions/0009).

**How to add an event, or a version of one**
1. Declare it in its room: events, versions (`newest`, and an upcaster for a new version), sample
   and golden file.
2. Add one line to SINCE, under the format that is open: `("StepRecorded", 1): 2`. A format is open
   until the release that brings it is tagged; after that the next one is begun: raise NEWEST.
3. Ask before deciding on it. Decisions take a `Format`, the application has it as
   `desk.format` (payments) or `log.format` (other streams):
   `if format.allows(StepRecorded): ...` and else what was done before it; or, where there is no
   "before", `format.require(StepRecorded)`, which refuses the command (503 `format_too_low`).
4. A new version that only brings new members has `Adds(member=what_its_absence_meant)` as upcaster
   (domain/event_types.py). Nothing needs to be asked then: while the format is lower, the version
   before is written as long as each new member has that value; any other is refused.

Whoever forgets is refused by the log (`codec.encode`), before anything is written. A new log begins
at NEWEST; an older one is raised by `interlock format --raise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FIRST: Final = 1  # of every log that holds no FormatRaised
NEWEST: Final = 2  # open until 0.2.0 is tagged

_OF_FORMAT_1: Final = (
    "PaymentInitiated", "RouteDecided",
    "AttemptStarted", "AttemptRepeated", "AttemptTakenOver", "AttemptNotSent", "AttemptPending",
    "AttemptSucceeded", "AttemptDeclined", "AttemptFailed", "OutcomeUnknown", "LookUpAnswered",
    "ReviewRequested", "LateSuccessObserved", "PaymentFailed", "PaymentCanceled", "PaymentExpired",
    "CaptureStarted", "CaptureSucceeded", "CaptureFailed",
    "VoidStarted", "VoidSucceeded", "VoidFailed",
    "RefundStarted", "RefundSucceeded", "RefundFailed",
    "CompensationStarted", "CompensationSucceeded", "LateOperationObserved",
    "CancelRequested", "CommandRefused",
    "MerchantRegistered", "ApiKeyIssued", "ApiKeyRevoked",
    "NoticeReceived",
    "FormatRaised",
)  # fmt: skip

SINCE: Final[Mapping[tuple[str, int], int]] = {
    **{(name, 1): FIRST for name in _OF_FORMAT_1},
    ("AttemptStarted", 2): 2,
    ("ReviewRequested", 2): 2,
    ("FollowUpDeferred", 1): 2,
    ("ApiKeyIssued", 2): 2,
    ("ResolveProposed", 1): 2,
    ("ReviewResolved", 1): 2,
    ("ResolveRefused", 1): 2,
    ("OperatorNamed", 1): 2,
    ("OperatorRegistered", 1): 2,
    ("OperatorKeyIssued", 1): 2,
    ("OperatorKeyRevoked", 1): 2,
    ("ForeignMovementObserved", 1): 2,
    ("CaptureReversed", 1): 2,
    ("RefundReversed", 1): 2,
}


class FormatTooLow(Exception):
    """The installation's format does not allow this event yet; nothing was written."""


class FormatTooHigh(Exception):
    """The installation's format is higher than this version of Interlock knows."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the installation's format is {number}, and this version knows up to {NEWEST}: "
            "run the version that raised it, or a newer one"
        )
        self.number = number


def _writable(number: int) -> dict[str, int]:
    """The newest version of each event that a log of this format may hold."""
    found: dict[str, int] = {}
    for (name, version), since in SINCE.items():
        if since <= number:
            found[name] = max(version, found.get(name, 0))
    return found


_WRITABLE: Final = {number: _writable(number) for number in range(FIRST, NEWEST + 1)}


@dataclass(frozen=True, slots=True)
class Format:
    """A format that this program knows. Raises FormatTooHigh, ValueError below 1."""

    number: int

    def __post_init__(self) -> None:
        if self.number > NEWEST:
            raise FormatTooHigh(self.number)
        if self.number < FIRST:
            raise ValueError(f"no format: {self.number}")

    def version_of(self, name: str) -> int:
        """The newest version of this event that may be written. Raises FormatTooLow."""
        version = _WRITABLE[self.number].get(name)
        if version is None:
            raise FormatTooLow(f"format {self.number} knows no {name}")
        return version

    def allows(self, event: type) -> bool:
        """Whether the event may be written in the newest version that this program knows."""
        name = event.__name__
        return _WRITABLE[self.number].get(name, 0) == _WRITABLE[NEWEST].get(name)

    def require(self, event: type) -> None:
        """Raises FormatTooLow."""
        if not self.allows(event):
            raise FormatTooLow(f"format {self.number} does not allow {event.__name__}")


NEWEST_FORMAT: Final = Format(NEWEST)
