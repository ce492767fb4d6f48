"""The text of a key: `ik_<merchant>_<key id>_<secret>`, or `io_<operator>_...` of an operator's.

Decides nothing about its validity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, TypeAlias, cast

KEY_ID_BYTES: Final = 6
SECRET_BYTES: Final = 32

Kind: TypeAlias = Literal["ik", "io"]
OF_MERCHANT: Final = "ik"
OF_OPERATOR: Final = "io"

_TOKEN: Final = re.compile(r"(i[ko])_([a-z0-9]{3,40})_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """`holder`: the merchant's or the operator's id."""

    holder: str
    key_id: str
    secret: str = field(repr=False)
    kind: Kind = OF_MERCHANT

    @property
    def text(self) -> str:
        """As its holder sends it."""
        return f"{self.kind}_{self.holder}_{self.key_id}_{self.secret}"

    @property
    def secret_hash(self) -> str:
        """SHA-256, hex. The secret is 256 random bits, so nothing slower is needed."""
        return sha256(self.secret.encode()).hexdigest()


def read_token(text: str) -> ApiToken | None:
    """None for what is not of the form."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    kind, holder, key_id, secret = found.groups()
    return ApiToken(kind=cast(Kind, kind), holder=holder, key_id=key_id, secret=secret)
