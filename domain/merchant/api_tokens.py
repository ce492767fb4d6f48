"""The text of an API key: `ik_<merchant>_<key id>_<secret>`. Decides nothing about its validity."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

KEY_ID_BYTES: Final = 6
SECRET_BYTES: Final = 32

_TOKEN: Final = re.compile(r"ik_([a-z0-9]{3,40})_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    merchant: str
    key_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """As the merchant sends it."""
        return f"ik_{self.merchant}_{self.key_id}_{self.secret}"

    @property
    def secret_hash(self) -> str:
        """SHA-256, hex. The secret is 256 random bits, so nothing slower is needed."""
        return sha256(self.secret.encode()).hexdigest()


def read_token(text: str) -> ApiToken | None:
    """None for what is not of the form."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    merchant, key_id, secret = found.groups()
    return ApiToken(merchant=merchant, key_id=key_id, secret=secret)
