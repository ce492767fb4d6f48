"""All operations of the API, in the order in which the documentation shows them."""

from api.http.operations import Operation
from api.http.routes import (
    commands,
    gateways,
    health,
    payments,
    projections,
    refunds,
    reviews,
    timeline,
    webhooks,
)

OPERATIONS: tuple[Operation, ...] = (
    *commands.OPERATIONS,
    *reviews.OPERATIONS,
    *payments.OPERATIONS,
    *timeline.OPERATIONS,
    *refunds.OPERATIONS,
    *gateways.OPERATIONS,
    *projections.OPERATIONS,
    *webhooks.OPERATIONS,
    *health.OPERATIONS,
)
