"""Standard Webhooks signatures (v1, HMAC-SHA256 over `id.timestamp.body`), verified in constant
time over the raw bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

WINDOW_S: Final = 300
SIGNATURES_MAX: Final = 10  # of one notice, as during a rotation at the gateway
SECRET_PREFIX: Final = "whsec_"

ID_CHARACTERS_MAX: Final = 255

_ID: Final = re.compile(rf"[!-~]{{1,{ID_CHARACTERS_MAX}}}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):
    """Not signed by the gateway, or not lately."""


@dataclass(frozen=True, slots=True)
class SigningSecret:
    key: bytes = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """From `whsec_<base64>`. Raises ValueError."""
        try:
            key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not text.startswith(SECRET_PREFIX) or not key:
            raise ValueError(f"a signing secret is {SECRET_PREFIX} and base64")
        return cls(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNotice:
    """As it came: three headers and the body, unread."""

    id: str
    timestamp: str
    signatures: str
    body: bytes


def verify(notice: SignedNotice, secrets: Sequence[SigningSecret], *, now: datetime) -> None:
    """Raises BadSignature. Any one of the secrets is enough, so that they can be rotated."""
    if not _ID.fullmatch(notice.id) or not _TIMESTAMP.fullmatch(notice.timestamp):
        raise BadSignature("no id or no time")
    if abs(now.timestamp() - int(notice.timestamp)) > WINDOW_S:
        raise BadSignature(f"not within {WINDOW_S} s")
    content = b"%s.%s.%s" % (notice.id.encode(), notice.timestamp.encode(), notice.body)
    given = [one.encode() for one in notice.signatures.split(" ")[:SIGNATURES_MAX]]
    matches = [
        hmac.compare_digest(b"v1," + base64.b64encode(_mac(secret, content)), one)
        for secret in secrets
        for one in given
    ]
    if not any(matches):
        raise BadSignature("no signature fits")


def _mac(secret: SigningSecret, content: bytes) -> bytes:
    return hmac.new(secret.key, content, hashlib.sha256).digest()
