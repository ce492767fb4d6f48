"""Statuses that say nothing of the money, whether it moved or not."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import mapped, reply, unsure, wired
from tests.gateways.hostile.turn import Turn, error, http

B = Behaviour
PAGE: Final = b"<html><body><h1>upstream connect error</h1></body></html>"
LOCATION: Final = "Location: /elsewhere/v1/charges"
BOTH: Final = ((Effect.DONE, "booked"), (Effect.NOTHING, "not_booked"))


def _with_status(status: int) -> Behaviour:
    async def say(turn: Turn) -> None:
        await turn.send(http(status, turn.truth()[1]))

    return B(name=f"done_with_status_{status}", say=say)


BEHAVIOURS: Final = (
    *(
        B(name=f"status_{status}_unsure_{how}", effect=effect, say=unsure(status))
        for status in (500, 502, 503, 504)
        for effect, how in BOTH
    ),
    *(
        B(name=f"status_{status}_page_{how}", effect=effect, say=reply(status, PAGE))
        for status in (200, 401, 403, 404, 429, 502, 503)
        for effect, how in BOTH
    ),
    *(
        B(name=f"status_{status}_empty_{how}", effect=effect, say=reply(status, b""))
        for status in (200, 500)
        for effect, how in BOTH
    ),
    *(
        B(name=f"redirects_{status}_{how}", effect=effect, say=reply(status, b"", LOCATION))
        for status in (301, 302, 303, 307, 308)
        for effect, how in BOTH
    ),
    *(_with_status(status) for status in (201, 202, 206, 226)),
    B(name="says_204", say=wired(lambda _: b"HTTP/1.1 204 No Content\r\n\r\n")),
    B(name="says_304", say=wired(lambda _: b"HTTP/1.1 304 Not Modified\r\n\r\n")),
    B(name="says_101", say=wired(lambda _: b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n")),
    B(name="refuses_with_200", say=reply(200, error("unavailable", False))),
    B(name="refuses_with_302", say=reply(302, error("unavailable", False))),
    B(name="errors_with_charged_true", say=reply(503, error("unavailable", True))),
    B(name="errors_with_charged_0", say=reply(503, error("unavailable", 0))),
    B(name="errors_with_charged_null", say=reply(503, error("unavailable", None))),
    B(name="errors_with_charged_text", say=reply(503, error("unavailable", "false"))),
    B(name="errors_without_charged", say=reply(503, {"code": "unavailable"})),
    B(name="continues_first", say=wired(lambda good: b"HTTP/1.1 100 Continue\r\n\r\n" + good)),
    B(name="hints_first", say=wired(lambda good: b"HTTP/1.1 103 Hints\r\nX: y\r\n\r\n" + good)),
    B(
        name="continues_a_hundred_times",
        say=wired(lambda good: b"HTTP/1.1 102 Processing\r\n\r\n" * 100 + good),
    ),
    B(name="done_as_html", say=mapped(lambda told: told, "Content-Type: text/html")),
)
