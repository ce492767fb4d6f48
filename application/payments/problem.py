"""A problem document (RFC 9457), as every refusal is told."""

from __future__ import annotations

from typing import Any


def problem(status: int, code: str, title: str, **more: Any) -> dict[str, Any]:
    """JSON-ready, with our stable code."""
    return {
        "type": f"urn:interlock:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
    } | more
