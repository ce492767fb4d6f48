"""What can happen to one request: its fate in the books and how the answer travels. Data only."""

from dataclasses import dataclass
from enum import Enum

from adapters.simulator.declines import Decline


class Fate(Enum):
    """What the books will say."""

    APPROVED = "approved"
    DECLINED = "declined"
    NOT_PROCESSED = "not_processed"
    PENDING_APPROVED = "pending_approved"
    PENDING_DECLINED = "pending_declined"


class Delivery(Enum):
    """What the caller will see of it."""

    PROMPT = "prompt"
    LOST = "lost"  # the connection is closed instead of an answer
    LATE = "late"  # after `late_s` seconds or a release
    HELD = "held"  # after `hold_s` seconds or a release: an outage's silence
    UNREADABLE = "unreadable"
    ERROR = "error"  # HTTP 500, charged: "unknown"


class Once(Enum):
    """Whether a plan holds for every send or only for the first one of a key or payment."""

    NO = "no"
    PER_KEY = "per_key"
    PER_PAYMENT = "per_payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A definite no of this request: HTTP status, code, words, and seconds to wait if any."""

    status: int
    code: str
    message: str
    retry_after_s: int | None = None


UNAVAILABLE = Refusal(status=503, code="unavailable", message="Not processed, try elsewhere.")
THROTTLED = Refusal(status=429, code="throttled", message="Too many requests.", retry_after_s=1)
CAPTURE_REFUSED = Refusal(
    status=422, code="capture_refused", message="The issuer withdrew the authorization."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The script of one request.

    ``amount_extra``: minor units by which the booked amount exceeds the asked one.
    ``late_booking``: the books, too, hear of it only after `late_s` seconds.
    ``notice_copies``: how often each notice of the record is sent, under one id.
    """

    fate: Fate = Fate.APPROVED
    delivery: Delivery = Delivery.PROMPT
    decline: Decline | None = None
    refusal: Refusal = UNAVAILABLE
    amount_extra: int = 0
    late_booking: bool = False
    notice_copies: int = 1
    once: Once = Once.NO


PLAIN = Plan()
