"""What stream metadata does to a stream of ours. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

SOFT_DELETED: Final = 2**63 - 1
# What each key does, as the server reads it.
LOSES: Final = {
    "$maxAge": "forgets events that are older than {} s",
    "$maxCount": "forgets all but its newest {} events",
    "$tb": "has forgotten everything before revision {}",
}
SHUTS_OUT: Final = "has an ACL of its own: who is not in it is refused"
UNREADABLE: Final = "has metadata that is no JSON object"


def told_of(data: bytes) -> list[str]:
    """A sentence for everything in it that may cost money: what is forgotten, who is refused. []
    for metadata that does no harm."""
    try:
        keys: Any = json.loads(data or b"{}")
    except ValueError:
        return [UNREADABLE]
    if not isinstance(keys, dict):
        return [UNREADABLE]
    said = [_said(key, keys[key]) for key in LOSES if _counts(keys.get(key))]
    return said + ([SHUTS_OUT] if keys.get("$acl") else [])


def _counts(value: object) -> bool:
    """Others are as if they were not there."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _said(key: str, value: object) -> str:
    if key == "$tb" and value == SOFT_DELETED:
        return "was deleted: it shows nothing of its past ($tb)"
    return f"{LOSES[key].format(value)} ({key})"
