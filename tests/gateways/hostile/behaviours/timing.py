"""Slow, late and never."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import close, first, hang, late, refusal, reset, soon, trickling

B = Behaviour
NOTHING: Final = Effect.NOTHING

BEHAVIOURS: Final = (
    B(name="slow_and_in_time", say=soon()),
    B(name="slow_decline", effect=Effect.DECLINED, say=soon()),
    B(name="slow_refusal", effect=Effect.REFUSED, say=soon(refusal("unavailable"))),
    B(name="byte_by_byte", say=trickling(400)),
    B(name="piece_by_piece", say=trickling(7)),
    B(name="stops_in_the_middle", say=trickling(7, say_whole=False)),
    B(name="hangs_booked", say=hang),
    B(name="hangs_not_booked", effect=NOTHING, say=hang),
    B(name="late_booked_at_once", say=late()),
    B(name="late_declined", effect=Effect.DECLINED, say=late()),
    B(name="late_refused", effect=Effect.REFUSED, say=late(refusal("unavailable"))),
    B(name="late_refused_once", effect=NOTHING, say=late(refusal("unavailable"))),
    B(name="late_closed_booked", say=late(close)),
    B(name="late_closed_not_booked", effect=NOTHING, say=late(close)),
    B(name="late_reset_booked", say=late(reset)),
    B(name="booked_late_and_told", effect=Effect.LATER, say=late()),
    B(name="booked_late_and_closed", effect=Effect.LATER, say=close),
    B(name="booked_late_and_hanging", effect=Effect.LATER, say=hang),
    B(name="pends_and_closes", effect=Effect.PENDING_DONE, say=close),
    B(name="pends_and_closes_then_declines", effect=Effect.PENDING_DECLINED, say=close),
    B(name="closes_twice_booked", say=close, again=first(1, close)),
    B(name="hangs_every_time", say=hang, again=hang),
)
