"""One row per payment: what it is now."""

from projections.payment_status.projector import PaymentStatus
from projections.payment_status.table import PAYMENT_STATUS

__all__ = ["PAYMENT_STATUS", "PaymentStatus"]
