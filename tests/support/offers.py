"""What a gateway of a test declares where the test does not care: in the product nothing that a
gateway offers has a default."""

from __future__ import annotations

from typing import Any, Final

from domain.gateway.capabilities import Capabilities

DAY_S: Final = 24 * 3600.0

DECLARED: Final[dict[str, Any]] = {
    "manual_capture": True,
    "several_captures": True,
    "remainder": "kept",
    "refunds": True,
    "look_up": True,
    "absence_final": False,
    "authorization_lifetime_s": 7 * DAY_S,
    "key_lifetime_s": DAY_S,
    "lateness_s": 60.0,
}


def offering(**other: Any) -> Capabilities:
    """Cards in every currency, by a gateway that forgets keys after a day and cancels none."""
    told = {"methods": frozenset({"card"}), "currencies": None, "cancel_by_key": False}
    return Capabilities(**{**told, **DECLARED, **other})
