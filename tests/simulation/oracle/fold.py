"""The oracle's own fold of one payment's raw events: what the stream says, revision by revision.

Judges nothing: what it finds impossible goes to `odd`, for the checks to name.
"""

from __future__ import annotations

from typing import Any, Final

from tests.simulation.oracle.records import Attempt, Event, Hold, Operation, Record, plain_id
from tests.simulation.oracle.times import posix

ENDED: Final = {
    "PaymentFailed": "failed",
    "PaymentCanceled": "canceled",
    "PaymentExpired": "expired",
}
STATUS: Final = {
    "ready": "processing",
    "in_flight": "processing",
    "unknown": "pending_verification",
    "authorized": "requires_capture",
}
OPERATIONS: Final = {
    "CaptureStarted": "capture",
    "VoidStarted": "void",
    "RefundStarted": "refund",
    "CompensationStarted": "",  # its `means`
}
CLOSED: Final = {
    "CaptureSucceeded": "succeeded",
    "VoidSucceeded": "succeeded",
    "RefundSucceeded": "succeeded",
    "CompensationSucceeded": "succeeded",
    "CaptureFailed": "failed",
    "VoidFailed": "failed",
    "RefundFailed": "failed",
}
DONE_LATE: Final = "LateOperationObserved"


class Payment:
    """A payment after the events that were given to `step`."""

    def __init__(self, payment: str, epoch: float) -> None:
        self.id, self.epoch = payment, epoch
        self.events: list[Event] = []
        self.intent: dict[str, Any] = {}
        self.phase = "new"
        self.charges: list[Attempt] = []
        self.attempts: dict[str, Attempt] = {}
        self.operations: dict[str, Operation] = {}
        self.holds: dict[str, Hold] = {}
        self.hold: Hold | None = None  # of the charge that the payment is about
        self.cancel_requested = False
        self.unwanted = False  # canceled before the charge was known to stand
        self.commands: dict[str, list[tuple[Event, str]]] = {}  # by id: where it is named
        self.ended: Event | None = None
        self.succeeded: Event | None = None
        self.odd: list[tuple[str, str]] = []  # (invariant, detail)
        self.views: dict[int, dict[str, Any]] = {}  # by revision, for those asked for
        # By revision and version of the API: what frozen answers show differently.
        self.frozen: dict[int, dict[str, dict[str, Any]]] = {}

    @property
    def merchant(self) -> str:
        return str(self.intent.get("merchant", ""))

    def step(self, event: Event) -> None:
        self.events.append(event)
        kind, data = event.type, event.data
        command = data.get("command")
        if command:
            name = str(command["name"])
            self.commands.setdefault(plain_id(command["id"]), []).append((event, name))
        if kind == "PaymentInitiated":
            self.intent, self.phase = data, "ready"
        elif kind == "AttemptStarted":
            self._charge(event)
        elif kind in OPERATIONS:
            self._operation(event, OPERATIONS[kind] or str(data["means"]))
        elif kind in CLOSED:
            self._closed(event, CLOSED[kind])
        elif kind == DONE_LATE:
            self._done_late(event)
        elif kind in ENDED:
            self.phase, self.ended = ENDED[kind], event
        elif kind == "CancelRequested":
            self.cancel_requested = True
            self.unwanted = self.unwanted or self.hold is None
        elif "key" in data:
            self._told(event)

    def _charge(self, event: Event) -> None:
        over = self._over()
        if over is not None:
            self.odd.append(("no_charge_after_end", f"AttemptStarted after {over} in {self.id}"))
        elif self.phase not in ("ready", "new"):
            detail = f"AttemptStarted in {self.id} while a try is {self.phase}"
            self.odd.append(("one_gateway_at_a_time", detail))
        attempt = self._attempt(event, "charge")
        self.charges.append(attempt)
        self.phase = "in_flight"

    def _over(self) -> str | None:
        """Why no charge may start any more."""
        if self.ended:
            return self.ended.type
        if self.hold:
            return "a charge stood"
        if self.cancel_requested:
            return "CancelRequested"
        declined = any(one.verdict == "declined" for one in self.charges)
        return "a decline" if declined else None

    def _operation(self, event: Event, kind: str) -> None:
        data = event.data
        attempt, operation = self._attempt(event, kind), plain_id(data["operation"])
        known = self.operations.get(operation)
        if known is not None:
            known.keys.append(attempt.key)
            return
        command = data.get("command")
        self.operations[operation] = Operation(
            id=operation,
            kind=kind,
            compensation=event.type == "CompensationStarted",
            amount=data["amount"]["amount"],
            charge_key=plain_id(data["charge_key"]),
            command=plain_id(command["id"]) if command else None,
            keys=[attempt.key],
        )

    def _attempt(self, event: Event, kind: str) -> Attempt:
        data, key = event.data, plain_id(event.data["key"])
        known = self.attempts.get(key)
        if known is not None:
            self.odd.append(("one_try_one_key", f"the key of {event.type} came before: {key}"))
            known.records.append(self._record(event, "started"))
            return known
        attempt = Attempt(
            key=key,
            payment=self.id,
            kind=kind,
            operation=plain_id(data["operation"]),
            number=data["number"],
            gateway=data["gateway"],
            account=data["account"],
            endpoint=data["endpoint"],
            amount=data["amount"]["amount"],
            currency=data["amount"]["currency"],
            records=[self._record(event, "started")],
            captures=data.get("captures"),
        )
        tries = [(one.operation, one.number) for one in self.attempts.values()]
        if (attempt.operation, attempt.number) in tries:
            self.odd.append(("one_try_one_key", f"{event.type}: the try has two keys, also {key}"))
        self.attempts[key] = attempt
        return attempt

    def _record(self, event: Event, what: str) -> Record:
        data, before = event.data, event.data.get("send_before")
        return Record(
            at=event.at,
            what=what,
            owner=data.get("owner"),
            send_before=posix(before) - self.epoch if before else None,
            written=posix(data["at"]) - self.epoch,
        )

    def _closed(self, event: Event, state: str) -> None:
        operation = self.operations.get(plain_id(event.data["operation"]))
        if operation is None:
            self.odd.append(("recorded_before_sent", f"{event.type} of an unknown operation"))
            return
        operation.state = state
        if state == "failed":
            if operation.kind == "void":
                self.cancel_requested = False  # it was refused: the hold stays as it was
            return
        operation.amount = event.data["amount"]["amount"]
        attempt = self.attempts.get(plain_id(event.data["key"]))
        if attempt is not None:
            attempt.verdict, attempt.settled_at = "succeeded", event.at
            attempt.taken = operation.amount
        if operation.kind == "capture" and self.phase == "authorized":
            self.phase = "captured"

    def _done_late(self, event: Event) -> None:
        """Money moved after all; where the operation was done before, once more."""
        operation = self.operations.get(plain_id(event.data["operation"]))
        attempt = self.attempts.get(plain_id(event.data["key"]))
        if operation is None or attempt is None:
            self.odd.append(("recorded_before_sent", f"{event.type} of an unknown operation"))
            return
        attempt.done_late, attempt.review = True, False
        if operation.state != "succeeded":
            self._closed(event, "succeeded")
            return
        operation.again += event.data["amount"]["amount"]
        attempt.verdict, attempt.settled_at = "succeeded", event.at
        attempt.taken = event.data["amount"]["amount"]

    def _told(self, event: Event) -> None:
        """What was learned of one try."""
        attempt = self.attempts.get(plain_id(event.data["key"]))
        if attempt is None:
            self.odd.append(("recorded_before_sent", f"{event.type} of an unknown key"))
            return
        kind = event.type
        if kind == "AttemptSucceeded":
            self._stands(event, attempt)
        elif kind == "LateSuccessObserved":
            attempt.late = True
            self._hold(event, attempt)
        elif kind in ("AttemptDeclined", "AttemptFailed"):
            self._settle(event, attempt, kind.removeprefix("Attempt").lower())
        elif kind == "AttemptRepeated":
            attempt.records.append(self._record(event, "repeated"))
        elif kind == "AttemptTakenOver":
            attempt.records.append(self._record(event, "taken_over"))
            self._unknown(event, attempt)
        elif kind == "AttemptNotSent":
            attempt.records.append(self._record(event, "not_sent"))
            if sent_records(attempt) == 0:
                self._settle(event, attempt, "not_sent")
        elif kind == "OutcomeUnknown":
            self._unknown(event, attempt)
            attempt.told_sent_at = min(attempt.told_sent_at, event.at)
        elif kind == "AttemptPending":
            attempt.told_sent_at = min(attempt.told_sent_at, event.at)
        elif kind == "ReviewRequested" and data_about(event) == "charge":
            attempt.handed_over = True
        elif kind == "ReviewRequested":
            attempt.review = True

    def _stands(self, event: Event, attempt: Attempt) -> None:
        hold = self._hold(event, attempt)
        self._settle(event, attempt, "succeeded")
        self.hold, self.succeeded = hold, event
        asked = self.intent.get("amount", {})
        same = asked == {"amount": hold.amount, "currency": hold.currency}
        self.phase = "conflicted" if not same else "captured" if attempt.captured else "authorized"

    def _hold(self, event: Event, attempt: Attempt) -> Hold:
        amount, captured = event.data["amount"], bool(event.data["captured"])
        attempt.taken, attempt.captured = amount["amount"], captured
        hold = Hold(
            key=attempt.key,
            amount=amount["amount"],
            currency=amount["currency"],
            captured=amount["amount"] if captured else 0,
        )
        self.holds[attempt.key] = hold
        return hold

    def _settle(self, event: Event, attempt: Attempt, verdict: str) -> None:
        attempt.verdict, attempt.settled_at, attempt.unknown = verdict, event.at, False
        if attempt.kind == "charge" and self.phase in ("in_flight", "unknown"):
            self.phase = "ready"

    def _unknown(self, event: Event, attempt: Attempt) -> None:
        attempt.unknown = True
        attempt.unknown_since = min(attempt.unknown_since, event.at)
        if attempt.kind == "charge" and self.phase == "in_flight":
            self.phase = "unknown"


def data_about(event: Event) -> str:
    """What a person was asked to look at: a try, or a charge that nobody wants."""
    return str(event.data.get("about", "try"))


def sent_records(attempt: Attempt) -> int:
    """How many sends the stream allows and does not take back."""
    weights = {"started": 1, "repeated": 1, "not_sent": -1}
    return sum(weights.get(one.what, 0) for one in attempt.records)
