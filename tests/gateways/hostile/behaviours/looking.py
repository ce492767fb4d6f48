"""The answer is lost, and whoever looks it up or cancels it meets trouble too."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import (
    changed,
    close,
    first,
    hang,
    lagging,
    late,
    mapped,
    raw,
    refusal,
    reply,
    reset,
    unsure,
)
from tests.gateways.hostile.turn import Say, error

B = Behaviour
SOME: Final = 3
ABSENT: Final = reply(404, error("not_found", "unknown"))
OTHER: Final = "0e7a5f6e-0000-5000-8000-000000000000"

# Said to the first look-ups of each key; then the truth.
LOOK_UPS: Final[dict[str, Say]] = {
    "fails_500": unsure(500),
    "fails_503": unsure(503),
    "throttled": refusal("throttled", 429, "Retry-After: 1"),
    "unauthorized": reply(401, b"<html>401</html>"),
    "page_404": reply(404, b"<html>404</html>"),
    "no_such_path": reply(404, error("no_such_path", "unknown")),
    "absent_and_charged": reply(404, error("not_found", True)),
    "refused_not_charged": refusal("unavailable"),
    "empty": reply(200, b""),
    "list": mapped(lambda told: [told]),
    "empty_list": reply(200, {"data": []}),
    "of_another_key": changed(key=OTHER),
    "of_another_kind": changed(type="dispute", status="won"),
    "amount_unreadable": changed(amount="much"),
    "closes": close,
    "resets": reset,
    "hangs": hang,
    "late": late(),
    "broken": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "redirects": reply(302, b"", "Location: /elsewhere"),
    "not_offered": reply(501, error("not_offered", "unknown")),
}
CANCELS: Final[dict[str, Say]] = {
    "fails_500": unsure(500),
    "throttled": refusal("throttled", 429),
    "closes": close,
    "hangs": hang,
    "empty": reply(200, b""),
    "of_another_key": changed(key=OTHER),
    "without_charged": changed(charged=...),
    "charged_unknown": changed(charged="unknown"),
    "not_offered": reply(501, error("not_offered", "unknown")),
}
CHARGE: Final = ("charge",)

BEHAVIOURS: Final = (
    *(
        B(name=f"lost_then_look_up_{name}", say=close, again=close, look_up=first(SOME, say))
        for name, say in LOOK_UPS.items()
    ),
    # Absence for a while is what a gateway says whose look-up lags: declared by its lateness.
    B(name="lost_then_look_up_lags", say=close, again=close, look_up=lagging(ABSENT)),
    *(
        B(
            name=f"not_booked_then_look_up_{name}",
            effect=Effect.NOTHING,
            say=close,
            look_up=first(SOME, LOOK_UPS[name]),
        )
        for name in ("fails_500", "page_404", "closes", "hangs", "late", "refused_not_charged")
    ),
    *(
        B(name=f"lost_then_cancel_{name}", say=close, again=close, cancel=say, kinds=CHARGE)
        for name, say in CANCELS.items()
    ),
    *(
        B(
            name=f"not_booked_then_cancel_{name}",
            effect=Effect.NOTHING,
            say=close,
            again=close,
            cancel=first(SOME, say),
            kinds=CHARGE,
        )
        for name, say in CANCELS.items()
    ),
)
