"""Derived identifiers: uuid5 over the RFC 8785 array of the parts, never over a concatenation.

The RFC 8785 form of an array of strings and small integers is what `json.dumps` writes here;
`tests/domain/test_canonical.py` compares it with the rfc8785 package.
"""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID, uuid5

INTERLOCK: Final = UUID("6b1f6a1e-3c54-5a9c-8f0e-1d0f5d2a7c11")  # the namespace of all our ids

_canonical: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def derived_id(*parts: str | int) -> UUID:
    """The same parts give the same id, in every process and for ever.

    Raises ValueError for text that is not valid Unicode (a lone surrogate).
    """
    return uuid5(INTERLOCK, _canonical(parts))
