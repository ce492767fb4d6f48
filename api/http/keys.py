"""The Idempotency-Key header: quoted (an RFC 8941 string) or bare mean the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from api.http.problems import Problem, bad_request
from domain.card_numbers import find_card_number

KEY_CHARACTERS_MAX: Final = 255
HASHED_PREFIX: Final = "sha256_"

_PRINTABLE: Final = re.compile(rf"[ -~]{{1,{KEY_CHARACTERS_MAX}}}")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED: Final = re.compile(r"\\(.)")


def idempotency_key(values: Sequence[str]) -> str:
    """The key that these header lines give. One that looks like a card number goes no further
    than here: its hash does. Raises Problem."""
    if not values or not values[0].strip(" \t"):
        raise bad_request(
            "idempotency_key_missing",
            "This request needs an Idempotency-Key.",
            detail="Draw a fresh key for each command, and send it again on every repeat.",
        )
    if len(values) > 1:
        raise _malformed("the header came more than once")
    key = values[0].strip(" \t")
    if key.startswith('"'):
        quoted = _QUOTED.fullmatch(key)
        if quoted is None:
            raise _malformed("the quotes do not match")
        key = _ESCAPED.sub(r"\1", quoted[1])
    if not _PRINTABLE.fullmatch(key):
        raise _malformed(f"a key is 1 to {KEY_CHARACTERS_MAX} printable ASCII characters")
    if find_card_number(key):
        return HASHED_PREFIX + sha256(key.encode()).hexdigest()
    return key


def _malformed(detail: str) -> Problem:
    return bad_request(
        "idempotency_key_malformed", "The Idempotency-Key cannot be read.", detail=detail
    )
