"""One row per event of a payment: the audit trail that people read."""

from projections.payment_timeline.projector import PaymentTimeline
from projections.payment_timeline.sentences import summary
from projections.payment_timeline.table import PAYMENT_TIMELINE

__all__ = ["PAYMENT_TIMELINE", "PaymentTimeline", "summary"]
