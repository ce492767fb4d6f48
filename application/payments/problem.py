"""A problem document (RFC 9457), as every refusal is told."""

from __future__ import annotations

from typing import Any, Final

PROBLEMS: Final = "/docs/problems"  # where each code has a page; a reference relative to the API


def problem(status: int, code: str, title: str, **more: Any) -> dict[str, Any]:
    """JSON-ready, with our stable code."""
    return {
        "type": f"{PROBLEMS}/{code}",
        "title": title,
        "status": status,
        "code": code,
    } | more
