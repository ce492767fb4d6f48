"""The numbers of the orchestration and the refusals with their codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final

from domain.money import Money

CHARGE_TRIES_MAX: Final = 4  # per payment, over all gateways
TRIES_PER_GATEWAY_MAX: Final = 3
FOLLOW_UP_TRIES_IN_REQUEST_MAX: Final = 3
FOLLOW_UP_TRIES_MAX: Final = 100  # in the background, at rising pauses: about 90 hours
WOKEN_TRIES_MAX: Final = 20  # beyond these, where a gateway gave notice
REFUSALS_PER_PAYMENT_MAX: Final = 100
RESOLVES_PER_PAYMENT_MAX: Final = 100  # words of operators that end no review
TELLINGS_PER_TRY_MAX: Final = 16  # facts that say something new of a try and settle nothing
REPEATS_PER_KEY_MAX: Final = 16  # at rising pauses: about seven hours


OTHER_CURRENCIES: Final = "*"
RESOLVED_ALONE_MOST: Final = {OTHER_CURRENCIES: 10_000}  # minor units, by currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Settings that decisions depend on; a process may be given others."""

    send_within: timedelta = timedelta(seconds=2)
    answer_within: timedelta = timedelta(seconds=30)  # a late answer is read for so long
    clock_skew: timedelta = timedelta(seconds=5)
    complete_within: timedelta = timedelta(seconds=60)
    latency_budget_s: float = 9.0
    review_after: timedelta = timedelta(hours=72)
    verify_first: timedelta = timedelta(seconds=5)
    verify_most: timedelta = timedelta(hours=1)
    look_after_review: timedelta = timedelta(days=1)  # once a person was asked
    resolved_alone_most: Mapping[str, int] = field(
        default_factory=lambda: dict(RESOLVED_ALONE_MOST), hash=False
    )

    @property
    def taken_over_after(self) -> timedelta:
        """How long after `send_before` an owner may be presumed gone."""
        return self.answer_within + self.clock_skew

    def is_much(self, *amounts: Money | None) -> bool:
        """More than one operator may decide on alone; a currency of which nothing is said, and no
        other one either, is always much."""
        alone = self.resolved_alone_most
        others = alone.get(OTHER_CURRENCIES, -1)
        return any(
            one.amount > alone.get(one.currency, others) for one in amounts if one is not None
        )


class PaymentRejected(Exception):
    """A command that this payment refuses. `code` is stable, the text is for people.

    PaymentRejected
    +-- AttemptStillOpen      attempt_still_open
    +-- NotCapturable         not_capturable
    +-- CaptureExceeds        capture_exceeds_authorized
    +-- NotRefundable         not_refundable
    +-- RefundExceeds         refund_exceeds_captured
    +-- RefundsNotOffered     refunds_not_offered
    +-- NotCancelable         not_cancelable
    +-- CurrencyDiffers       currency_mismatch
    +-- OperationStillOpen    operation_still_open
    +-- NoMoreTries           no_more_tries
    """

    code: ClassVar[str] = "rejected"


class AttemptStillOpen(PaymentRejected):
    code = "attempt_still_open"


class NotCapturable(PaymentRejected):
    code = "not_capturable"


class CaptureExceeds(PaymentRejected):
    code = "capture_exceeds_authorized"


class NotRefundable(PaymentRejected):
    code = "not_refundable"


class RefundExceeds(PaymentRejected):
    code = "refund_exceeds_captured"


class RefundsNotOffered(PaymentRejected):
    code = "refunds_not_offered"


class NotCancelable(PaymentRejected):
    code = "not_cancelable"


class CurrencyDiffers(PaymentRejected):
    code = "currency_mismatch"


class OperationStillOpen(PaymentRejected):
    code = "operation_still_open"


class NoMoreTries(PaymentRejected):
    code = "no_more_tries"
