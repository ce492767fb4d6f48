"""Malformed values of every query parameter there is, by its name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final


def token(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


ID: Final = "0f3c1a3e5c545a9c8f0e1d0f5d2a7c11"
NUMBERS: Final = ("", "x", "-1", "+1", "1.0", "1e1", "0x1", " 1", "1 ", "%D9%A1", "9" * 5_000)
TIMES: Final = (
    "", "now", "0", "1772366400", "2026-11-01", "2026-11-01T00:00:00", "2026-11-01T00:00:00+00:00",
    "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-01T24:00:01Z", "%00", "%FF",
    "2026-11-01T00:00:00%2B25:00", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00",
    "1969-12-31T23:59:59Z", "-2026-11-01T00:00:00Z", "%D9%A2026-11-01T00:00:00Z", "9" * 400,
)  # fmt: skip
NO_TOKENS: Final = (
    "", "x", "=", "%00", "%FF", "%F0%9F%98%80", "bnVsbA", "W10", "e30", "A" * 600,
    token(b"[" * 300), token(b'{"after":[]}'), token(b'{"after":null}'), token(b"\xff\xfe"),
    token(b'{"after":true}'), token(b'{"after":1e400}'), token(b'{"after":-1}'),
    token(b'{"after":"\\ud800"}'), token(b'{"after":"pay_%s\\n"}' % ID.encode()),
)  # fmt: skip
POSITIONS: Final = (
    *NO_TOKENS,
    token(b'{"s":"memory"}'),
    token(b'{"s":7,"p":1,"i":"%s","r":1}' % ID.encode()),
    token(b'{"s":"memory","p":-1,"i":"%s","r":1}' % ID.encode()),
    token(b'{"s":"memory","p":1.5,"i":"%s","r":1}' % ID.encode()),
    token(b'{"s":"memory","p":9223372036854775808,"i":"%s","r":1}' % ID.encode()),
    token(b'{"s":"memory","p":1,"i":"x","r":1}'),
    token(b'{"s":"memory","p":1,"i":"%s","r":true}' % ID.encode()),
    token(b'{"s":"elsewhere","p":1,"i":"%s","r":1}' % ID.encode()),
)
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "limit": (*NUMBERS, "0", "101"),
    "cursor": NO_TOKENS,
    "at_least": POSITIONS,
    "status": ("", "open", "SUCCEEDED", "succeeded ", "succeeded,failed", "%00", "%FF"),
    "needs_review": ("", "yes", "1", "TRUE", "true ", "%00", "%FF"),
    "created_after": TIMES,
    "created_before": TIMES,
    "as_of": TIMES,
    "as_of_revision": NUMBERS,
    "payment": ("", "x", "pay_", ID, "pay_" + ID[1:], f"pay_{ID}%0A", "%00", "%FF"),
}
