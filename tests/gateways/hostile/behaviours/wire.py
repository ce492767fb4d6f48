"""Broken HTTP, and broken connections."""

from __future__ import annotations

import gzip
from typing import Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import close, mapped, raw, reset, wired
from tests.gateways.hostile.turn import Turn, error, http

B = Behaviour
NO: Final = http(503, error("unavailable", False))


def _cut(share: float) -> Behaviour:
    part = round(share * 100)
    return B(name=f"cut_at_{part}", say=wired(lambda good: good[: int(len(good) * share)]))


def _chunked(good: bytes, *, extension: bytes = b"", end: bytes = b"0\r\n\r\n") -> bytes:
    body = good.partition(b"\r\n\r\n")[2]
    half = len(body) // 2
    parts = (body[:half], body[half:])
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(one), extension, one) for one in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + end


def _with(good: bytes, *lines: bytes) -> bytes:
    head, _, body = good.partition(b"\r\n\r\n")
    return b"\r\n".join([head, *lines, b"", b""]) + body


def _length(good: bytes, length: bytes) -> bytes:
    body = good.partition(b"\r\n\r\n")[2]
    return b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\n" + body


def _body_of(good: bytes) -> bytes:
    return good.partition(b"\r\n\r\n")[2]


async def _endless(turn: Turn) -> None:
    await turn.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while not turn.closing.is_set():
        await turn.send(b" " * 16_384)


BEHAVIOURS: Final = (
    B(name="closes_booked", say=close),
    B(name="closes_not_booked", effect=Effect.NOTHING, say=close),
    B(name="resets_booked", say=reset),
    B(name="resets_not_booked", effect=Effect.NOTHING, say=reset),
    *(_cut(share) for share in (0.02, 0.1, 0.3, 0.6, 0.9, 0.99)),
    B(name="no_http", say=raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")),
    B(name="bare_json", say=wired(_body_of)),
    B(name="bad_status_line", say=raw(b"HTTP/1.1 OK 200\r\n\r\n{}")),
    B(name="status_of_four_digits", say=raw(b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n")),
    B(name="status_0", say=raw(b"HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n")),
    B(name="http_2_preface", say=raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    B(name="http_1_0", say=wired(lambda good: b"HTTP/1.0 200 OK\r\n\r\n" + _body_of(good))),
    B(name="no_length", say=wired(lambda good: b"HTTP/1.1 200 OK\r\n\r\n" + _body_of(good))),
    B(name="length_too_long", say=wired(lambda good: _length(good, b"9999"))),
    B(name="length_too_short", say=wired(lambda good: _length(good, b"20"))),
    B(name="length_negative", say=wired(lambda good: _length(good, b"-1"))),
    B(name="length_no_number", say=wired(lambda good: _length(good, b"many"))),
    B(name="length_huge", say=wired(lambda good: _length(good, b"9" * 30))),
    B(name="two_lengths", say=wired(lambda good: _with(good, b"Content-Length: 5"))),
    B(
        name="length_and_chunked",
        say=wired(lambda good: _with(good, b"Transfer-Encoding: chunked")),
    ),
    B(name="chunked", say=wired(_chunked)),
    B(name="chunked_with_extensions", say=wired(lambda good: _chunked(good, extension=b";a=b"))),
    B(
        name="chunked_with_trailers",
        say=wired(lambda good: _chunked(good, end=b"0\r\nX: y\r\n\r\n")),
    ),
    B(name="chunked_without_end", say=wired(lambda good: _chunked(good, end=b""))),
    B(name="chunked_with_a_bad_size", say=wired(lambda good: _chunked(good, end=b"zz\r\n"))),
    B(name="chunked_with_a_huge_size", say=wired(lambda good: _chunked(good, end=b"f" * 20))),
    B(name="header_without_colon", say=wired(lambda good: _with(good, b"No colon here"))),
    B(name="header_with_null", say=wired(lambda good: _with(good, b"X: a\x00b"))),
    B(name="header_with_latin", say=wired(lambda good: _with(good, b"X: \xe9\xff"))),
    B(name="header_folded", say=wired(lambda good: _with(good, b"X: a", b" b"))),
    B(name="header_very_long", say=wired(lambda good: _with(good, b"X: " + b"x" * 99_999))),
    B(name="headers_by_the_hundred", say=wired(lambda good: _with(good, *[b"X: y"] * 300))),
    B(name="bare_line_feeds", say=wired(lambda good: good.replace(b"\r\n", b"\n"))),
    B(name="empty_lines_first", say=wired(lambda good: b"\r\n\r\n" + good)),
    B(name="names_in_lower_case", say=wired(lambda good: good.replace(b"Content-", b"content-"))),
    B(name="closes_after_a_good_answer", say=wired(lambda good: good)),
    B(name="more_after_the_answer", say=wired(lambda good: good + b"and more", then_close=False)),
    B(name="another_answer_after_it", say=wired(lambda good: good + NO, then_close=False)),
    B(name="body_very_long", say=mapped(lambda told: {**told, "message": "x" * 1_000_000})),
    B(name="body_endless", say=_endless),
    B(
        name="gzip",
        say=mapped(lambda told: gzip.compress(repr(told).encode()), "Content-Encoding: gzip"),
    ),
    B(name="encoding_unknown", say=mapped(lambda told: told, "Content-Encoding: zpaq")),
    B(name="sets_cookies", say=mapped(lambda told: told, "Set-Cookie: a=b; Domain=.example")),
)
