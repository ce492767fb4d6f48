"""Bodies that are no JSON, other JSON, or JSON that can be read in two ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from tests.gateways.hostile.behaviour import Behaviour
from tests.gateways.hostile.saying import mapped

B = Behaviour
Told = dict[str, Any]


def _with(text: str) -> Callable[[Told], bytes]:
    """One more member, whatever it is named."""
    return lambda told: (json.dumps(told)[:-1] + f",{text}}}").encode()


BODIES: Final[dict[str, Callable[[Told], bytes | object]]] = {
    "null": lambda _: None,
    "an_array": lambda told: [told],
    "text": lambda _: "captured",
    "a_number": lambda _: 200,
    "wrapped": lambda told: {"data": told},
    "half": lambda told: json.dumps(told)[:40].encode(),
    "followed_by_more": lambda told: json.dumps(told).encode() + b" <!-- -->",
    "twice": lambda told: json.dumps(told).encode() * 2,
    "as_jsonp": lambda told: b"cb(" + json.dumps(told).encode() + b")",
    "with_a_trailing_comma": lambda told: json.dumps(told)[:-1].encode() + b",}",
    "with_single_quotes": lambda told: str(told).encode(),
    "as_utf_16": lambda told: json.dumps(told).encode("utf-16"),
    "after_a_mark": lambda told: b"\xef\xbb\xbf" + json.dumps(told).encode(),
    "not_utf_8": lambda _: b"\xff\xfe\xfd",
    "not_utf_8_in_its_message": lambda told: (
        json.dumps({**told, "message": "?"}).encode().replace(b'"?"', b'"\xff"')
    ),
    "nested_without_end": lambda _: b"[" * 60_000,
    "deep_in_a_member": lambda told: (
        json.dumps(told)[:-1].encode() + b',"x":' + b"[" * 60_000 + b"]" * 60_000 + b"}"
    ),
    "with_not_a_number": _with('"x":NaN'),
    "with_an_endless_number": lambda told: (
        json.dumps(told)[:-1].encode() + b',"x":' + b"9" * 9_999 + b"}"
    ),
    "with_two_messages": _with('"message":"a","message":"b"'),
    "with_two_states": _with('"status":"declined"'),
    "with_two_keys": _with('"key":"another"'),
    "with_two_amounts": _with('"amount":1'),
    "with_two_ids": _with('"id":"another"'),
    "with_an_escaped_state": _with('"\\u0073tatus":"declined"'),
    "with_doubled_members_inside": _with('"x":{"a":1,"a":2}'),
    "with_an_empty_name": _with('"":1'),
    "with_members_nobody_knows": lambda told: {**told, "livemode": True, "x": {"y": [1]}},
}
BEHAVIOURS: Final = tuple(
    B(name=f"body_{name}", say=mapped(change)) for name, change in BODIES.items()
)
