"""Headers that a request must not have, each with what it is answered."""

from __future__ import annotations

from typing import Final

Headers = list[tuple[bytes, bytes]]
TYPE: Final = (b"content-type", b"application/json")
KEY: Final = (b"idempotency-key", b"k1")

# (lines of Idempotency-Key, code of the 400)
KEYS: Final[tuple[tuple[list[bytes], str], ...]] = (
    ([], "idempotency_key_missing"),
    ([b""], "idempotency_key_missing"),
    ([b" \t"], "idempotency_key_missing"),
    ([b'""'], "idempotency_key_malformed"),
    ([b'"k'], "idempotency_key_malformed"),
    ([b'"'], "idempotency_key_malformed"),
    ([b'"k"; a=1'], "idempotency_key_malformed"),
    ([b'"k\\x"'], "idempotency_key_malformed"),
    ([b"k" * 256], "idempotency_key_malformed"),
    ([b'"' + b"k" * 256 + b'"'], "idempotency_key_malformed"),
    ([b"k\xe4y"], "idempotency_key_malformed"),
    ([b"k\x7f"], "idempotency_key_malformed"),
    ([b"a\tb"], "idempotency_key_malformed"),
    ([b"k1", b"k2"], "idempotency_key_malformed"),
)
# Content-Type and Content-Encoding: 415
MEDIA: Final[tuple[Headers, ...]] = (
    [],
    [(b"content-type", b"")],
    [(b"content-type", b"text/plain")],
    [(b"content-type", b"application/jsonp")],
    [(b"content-type", b"application/json; charset=latin-1")],
    [(b"content-type", b"application/json; charset=utf-16")],
    [(b"content-type", b"application/x-www-form-urlencoded")],
    [(b"content-type", b"multipart/form-data; boundary=x")],
    [(b"content-type", b"\xff\xfe")],
    [TYPE, TYPE],
    [TYPE, (b"content-encoding", b"gzip")],
    [TYPE, (b"content-encoding", b"\xff")],
)
# lines of Interlock-Version: 400
VERSIONS: Final[tuple[list[bytes], ...]] = (
    [b""],
    [b"latest"],
    [b"2026-11-02"],
    [b"2026-11-01T00:00:00Z"],
    [b'"2026-11-01"'],
    [b"2026-11-01, 2026-12-01"],
    [b"2026-11-01", b"2026-11-01"],
    [b"\xff\xfe"],
    [b"2" * 5_000],
)
# lines of Authorization: 401
AUTHORIZATIONS: Final[tuple[list[bytes], ...]] = (
    [],
    [b""],
    [b"Bearer"],
    [b"Bearer "],
    [b"Basic YWxtYTp4"],
    [b"Bearer ik_alma"],
    [b"Bearer ik_alma_000000000000_" + b"0" * 64],
    [b"Bearer ik_nobody_000000000000_" + b"0" * 64],
    [b"Bearer ik_ALMA_000000000000_" + b"0" * 64],
    [b"Bearer \xff\xfe"],
    [b"Bearer " + b"x" * 5_000],
    [b"Bearer a b"],
)
