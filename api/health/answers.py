"""Alive, ready, numbers: what is answered, at whichever port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import Response

from api.health.checks import Found
from application.payments.answers import JSON, to_bytes


def aliveness(standing_still: Mapping[str, float]) -> Response:
    """Who answers at all does not hang; a duty may. Seconds since each of these got on."""
    if not standing_still:
        return _json({"status": "ok"})
    return _json({"status": "hung", "standing_still_s": dict(standing_still)}, status=503)


def readiness(found: Found) -> Response:
    body = {
        "status": "ready" if found.is_ready else "not_ready",
        "checks": {name: "ok" if ok else "failed" for name, ok in found.passed.items()},
        "degraded": list(found.degraded),
    }
    return _json(body, status=200 if found.is_ready else 503)


def numbers(registry: CollectorRegistry) -> Response:
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _json(body: dict[str, Any], *, status: int = 200) -> Response:
    return Response(to_bytes(body), status, media_type=JSON)
