"""How well gateways answer, per payment method: totals, and the last hour by minutes."""

from projections.gateway_health.projector import GatewayHealth
from projections.gateway_health.tables import GATEWAY_HEALTH, GATEWAY_MINUTES

__all__ = ["GATEWAY_HEALTH", "GATEWAY_MINUTES", "GatewayHealth"]
