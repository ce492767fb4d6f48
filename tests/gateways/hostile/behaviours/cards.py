"""Card numbers where none belongs."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import changed, raw, refusal, reply, wired

B = Behaviour
CARD: Final = "4111111111111111"
NUMBER: Final = CARD.encode()
REFUSED: Final = Effect.REFUSED

BEHAVIOURS: Final = (
    B(name="card_in_status_line", say=raw(b"HTTP/1.1 " + NUMBER + b" OK\r\n\r\n")),
    B(name="card_in_reason", say=reply(503, b"", line=f"HTTP/1.1 503 {CARD}")),
    B(name="card_in_header", say=raw(b"HTTP/1.1 200 OK\r\n" + NUMBER + b"\r\n\r\n")),
    B(
        name="card_in_length",
        say=raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + NUMBER + b"\r\n\r\n"),
    ),
    B(
        name="card_in_chunk",
        say=raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx" + NUMBER + b"\r\n"),
    ),
    B(name="card_as_page", say=reply(200, NUMBER)),
    B(name="card_in_place_of_http", say=raw(NUMBER + b"\r\n\r\n")),
    B(name="card_in_message", say=changed(message=f"paid with {CARD}")),
    B(name="card_in_code", say=changed(code=CARD, network_code=CARD)),
    B(name="card_in_status", say=changed(status=CARD)),
    B(name="card_in_key", say=changed(key=CARD)),
    B(name="card_in_refusal", effect=REFUSED, say=refusal(CARD, 422, message=f"{CARD} bad")),
    B(name="card_cut_in_refusal", effect=REFUSED, say=refusal("x", message="x" * 290 + f" {CARD}")),
    B(
        name="card_over_lines_in_refusal",
        effect=REFUSED,
        say=refusal("x", message="4111\r\n1111 1111\t1111"),
    ),
    B(name="card_in_trailer", say=wired(lambda good: good + NUMBER)),
)
