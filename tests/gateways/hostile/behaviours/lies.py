"""What is told for certain and is not so. The truth is told later, by a notice or a look-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import changed, close, mapped, refusal, reply, wired
from tests.gateways.hostile.turn import Say, Turn, error, http

REFUSAL: Final = http(503, error("unavailable", False))
ABSENT: Final = reply(404, error("not_found", "unknown"))
CHARGE: Final = ("charge",)
OPERATIONS: Final = ("capture", "void", "refund")


async def _done_all_the_same(turn: Turn) -> None:
    """Success, of what was never booked."""
    body, of_charge = turn.asked.body, turn.asked.kind == "charge"
    told = {
        "id": f"phantom_{turn.asked.key[:8]}",
        "key": turn.asked.key,
        "status": ("captured" if body.get("capture") else "authorized")
        if of_charge
        else "succeeded",
        "amount": body["amount"],
        "currency": body.get("currency", turn.asked.body.get("currency", "INR")),
    }
    if not of_charge:
        told |= {"charge_id": turn.asked.about, "type": turn.asked.kind}
    await turn.send(http(200, told))


_canceled: Final = mapped(
    lambda told: {"key": told.get("key"), "status": "canceled", "charged": False}
)


async def _last_refusal(turn: Turn) -> None:
    """What somebody else was told before."""
    await turn.send(turn.last_refusal or http(503, error("unavailable", False)))


def _swapped(told: dict[str, Any]) -> object:
    status = {"captured": "authorized", "authorized": "captured"}.get(str(told.get("status")))
    return {**told, "status": status or told.get("status")}


async def _refuses_by_key(turn: Turn) -> None:
    """As definite as can be."""
    await turn.send(http(503, {**error("unavailable", False), "key": turn.asked.key}))


def _lie(name: str, say: Say, **more: Any) -> Behaviour:
    return Behaviour(name=f"lies_{name}", say=say, lies=True, **more)


def _amount(change: Callable[[int], int]) -> Say:
    return mapped(lambda told: {**told, "amount": change(int(told.get("amount", 0)))})


BEHAVIOURS: Final = (
    _lie("not_charged", refusal("unavailable")),
    _lie("not_charged_for_good", refusal("maintenance")),
    _lie("not_charged_by_key", _refuses_by_key),
    _lie("not_charged_as_others", _last_refusal),
    _lie("declined", changed(status="declined", code="do_not_honor", captured=0)),
    _lie("declined_as_an_error", refusal("insufficient_funds", 402)),
    _lie("lost_then_absent", close, again=close, look_up=ABSENT),
    _lie("lost_then_declined", close, again=close, look_up=changed(status="declined", captured=0)),
    _lie("lost_then_canceled", close, again=close, look_up=ABSENT, cancel=_canceled, kinds=CHARGE),
    _lie("repeat_refused", close, again=refusal("unavailable")),
    _lie("done", _done_all_the_same, effect=Effect.NOTHING),
    _lie("amount_less", _amount(lambda minor: minor // 2)),
    _lie("amount_more", _amount(lambda minor: minor + 100)),
    _lie("amount_0", changed(amount=0)),
    _lie("currency", changed(currency="USD")),
    _lie("reference", changed(id="ch_of_somebody_else")),
    _lie("state", mapped(_swapped), kinds=CHARGE),
    _lie("pending", changed(status="pending")),
    _lie("expired", refusal("authorization_expired", 422), kinds=OPERATIONS),
    _lie("twice", close, effect=Effect.TWICE, kinds=CHARGE),
    _lie("refused_then_done", wired(lambda good: REFUSAL + good, then_close=False)),
)
