"""Which members the objects of a frozen version have, and any object told in these.

A query is no recorded answer: it tells today's truth, in the members of the version that is asked
for. So what the open version says is cut down to them; nothing is computed as it used to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from domain.api_versions import V2026_11_01, V2026_12_01

Body: TypeAlias = dict[str, Any]
Members: TypeAlias = Mapping[str, Any]  # in their order; None: whatever it holds, else Members


def _all(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


_REFUND: Final = _all(
    "id object payment status amount currency reason failure created_at"
) | {"failure": _all("code")}  # fmt: skip
_PAYMENT: Final = _all(
    "id object status amount currency amount_authorized amount_captured amount_capturable"
    " amount_refunded capture_method payment_method customer description metadata"
    " merchant_initiated gateway attempts cancel_requested needs_review failure refunds created_at"
    " revision"
) | {
    "payment_method": _all("type bank brand bin last4 country"),
    "failure": _all("code retryable decline") | {"decline": _all("code network_code advice")},
    "refunds": _REFUND,
}
_ATTEMPT: Final = _all(
    "id object kind number gateway status amount currency idempotency_key sends owner reference"
    " evidence code message needs_review started_at changed_at"
)
_DECISION: Final = _all("object payment order candidates policy seed decided_at") | {
    "candidates": _all("gateway score factors excluded")
}
_OUTCOMES: Final = _all("succeeded declined failed unknown")
_GATEWAY: Final = _all(
    "object name methods currencies manual_capture several_captures refunds health"
) | {
    "health": _all("method total recent window_minutes success_rate last_outcome_at")
    | {"total": _OUTCOMES, "recent": _OUTCOMES}
}

# By version and by what `object` says. A version that is not here has all that there are.
MEMBERS: Final[Mapping[str, Mapping[str, Members]]] = {
    V2026_11_01: {
        "payment": _PAYMENT,
        "refund": _REFUND,
        "attempt": _ATTEMPT,
        "decision": _DECISION,
        "event": _all("object payment revision type at actor summary data"),
        "gateway": _GATEWAY,
        "projection": _all("object name position head lag parked recorded_at")
        | {"lag": _all("events more seconds")},
    },
}
OPEN: Final = V2026_12_01


def told_in(version: str, body: Body) -> Body:
    """What the open version says, in the members of this one. KeyError for an object that the
    version never had."""
    known = MEMBERS.get(version)
    if known is None:
        return body
    told: Body = _cut(body, known[body["object"]])
    return told


def _cut(value: Any, members: Members | None) -> Any:
    if members is None or value is None:
        return value
    if isinstance(value, list):
        return [_cut(one, members) for one in value]
    return {name: _cut(value[name], inner) for name, inner in members.items()}
