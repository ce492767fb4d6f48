"""The SQL of the queries. Names in braces are filled with columns and the tables of a schema."""

from __future__ import annotations

from collections.abc import Container
from typing import Final, LiteralString

# No merchant: everybody's.
_OF: Final = "(%s::text IS NULL OR merchant = %s)"
PAYMENT: Final = "SELECT {columns} FROM {payment_status} WHERE " + _OF + " AND id = %s"
PLACE: Final = "SELECT created_position FROM {payment_status} WHERE " + _OF + " AND id = %s"

TIMELINE: Final = (
    "SELECT {columns} FROM {payment_timeline} WHERE " + _OF + " AND payment = %s AND revision > %s"
    " ORDER BY revision LIMIT %s"
)

# As the indexes of the migration 0002 have it.
OF_REFUND: Final = """
SELECT payment, merchant FROM {payment_timeline}
WHERE type = 'RefundStarted' AND data ->> 'operation' = %s ORDER BY revision LIMIT 1
"""
BY_REFERENCE: Final = """
SELECT DISTINCT payment FROM {payment_timeline}
WHERE type IN (
    'AttemptPending', 'AttemptSucceeded', 'LateSuccessObserved', 'CaptureSucceeded',
    'VoidSucceeded', 'RefundSucceeded', 'CompensationSucceeded', 'LateOperationObserved',
    'ForeignMovementObserved', 'CaptureReversed', 'RefundReversed'
) AND data ->> 'reference' = %s ORDER BY payment LIMIT %s
"""

GATEWAY_HEALTH: Final = """
SELECT h.*,
       coalesce(sum(m.succeeded), 0)::int8 AS recent_succeeded,
       coalesce(sum(m.declined), 0)::int8 AS recent_declined,
       coalesce(sum(m.failed), 0)::int8 AS recent_failed,
       coalesce(sum(m.unknown), 0)::int8 AS recent_unknown
FROM {gateway_health} AS h
LEFT JOIN {gateway_health_minute} AS m
       ON m.gateway = h.gateway AND m.method = h.method AND m.minute > %s
GROUP BY h.gateway, h.method
ORDER BY h.gateway, h.method
"""

CHECKPOINTS: Final = """
SELECT projection, position, recorded_at FROM {projection_checkpoint} ORDER BY projection
"""
PARKED: Final = """
SELECT projection, stream, revision, last_revision, type, position, recorded_at, reason, tries
FROM {projection_parked} ORDER BY projection, position
"""

_CONDITIONS: Final[dict[str, LiteralString]] = {
    "merchant": "merchant = %(merchant)s",
    "status": "status = %(status)s",
    # Every version of the rows says it in the view; an index on that would make each update dear.
    "needs_review": "(view ->> 'needs_review')::boolean = %(needs_review)s",
    "created_after": "created_at > %(created_after)s",
    "created_before": "created_at < %(created_before)s",
    "before": "created_position < %(before)s",
}


def payments(given: Container[str]) -> LiteralString:
    """A list of payments, newest first, with a condition for each parameter that is given."""
    where = " AND ".join(sql for name, sql in _CONDITIONS.items() if name in given) or "true"
    head: LiteralString = "SELECT {columns} FROM {payment_status} WHERE "
    return head + where + " ORDER BY created_position DESC LIMIT %(limit)s"
