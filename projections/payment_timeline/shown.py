"""What of an event's body people may see: everything but what opens a door to money."""

from __future__ import annotations

import json
from typing import Any, Final

from domain.log import RecordedEvent
from domain.payment.versions import upcast

# A payment-method token can be charged again; the fingerprint is made of a body that holds it.
HIDDEN: Final = frozenset({"token", "fingerprint"})


def shown_body(event: RecordedEvent, *, version: int) -> dict[str, Any]:
    """The body in its newest version, without what is HIDDEN at any depth."""
    body: dict[str, Any] = _without_hidden(upcast(event.type, version, json.loads(event.data)))
    return body


def _without_hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_hidden(one) for name, one in value.items() if name not in HIDDEN}
    if isinstance(value, list):
        return [_without_hidden(one) for one in value]
    return value
