"""Yes, no and not yet, in every way that the protocol has for them."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.saying import refusal, reply
from tests.gateways.hostile.turn import error

B = Behaviour
NO, DECLINED = Effect.REFUSED, Effect.DECLINED
# By status and code, as definite as the protocol allows.
REFUSALS: Final = (
    (503, "unavailable"), (503, "maintenance"), (429, "throttled"), (503, "overloaded"),
    (400, "malformed"), (401, "unauthorized"), (403, "forbidden"), (404, "no_such_path"),
    (405, "method_not_allowed"), (408, "request_timeout"), (409, "conflict"), (410, "gone"),
    (413, "too_large"), (415, "unsupported"), (418, "teapot"), (422, "validation_failed"),
    (425, "too_early"), (451, "sanctioned"), (500, "not_processed"), (501, "no_such_method"),
    (502, "bad_gateway"), (504, "gateway_timeout"), (520, "unknown_error"), (599, "odd"),
)  # fmt: skip

BEHAVIOURS: Final = (
    B(name="declines", effect=DECLINED),
    B(name="declines_as_an_error", effect=NO, say=refusal("do_not_honor", 402)),
    B(name="declines_as_an_error_for_funds", effect=NO, say=refusal("insufficient_funds", 402)),
    *(
        B(name=f"refuses_{status}_{code}", effect=NO, say=refusal(code, status))
        for status, code in REFUSALS
    ),
    B(name="refuses_without_a_code", effect=NO, say=reply(503, {"charged": False})),
    B(name="refuses_with_a_number", effect=NO, say=refusal(0)),
    B(name="refuses_and_waits", effect=NO, say=refusal("throttled", 429, "Retry-After: 1")),
    B(
        name="refuses_until_a_date",
        effect=NO,
        say=refusal("throttled", 429, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"),
    ),
    B(
        name="refuses_for_years",
        effect=NO,
        say=refusal("throttled", 429, "Retry-After: 999999999"),
    ),
    B(name="refuses_at_length", effect=NO, say=refusal("unavailable", 503, message="x " * 9_999)),
    B(name="refuses_once", effect=Effect.NOTHING, say=refusal("unavailable")),
    B(name="pends_then_does", effect=Effect.PENDING_DONE),
    B(name="pends_then_declines", effect=Effect.PENDING_DECLINED),
    B(name="pends_for_ever", effect=Effect.PENDING),
    B(name="does_a_part", effect=Effect.PART),
    B(name="charges_more", effect=Effect.MORE, kinds=("charge",)),
    B(
        name="says_in_progress",
        say=reply(409, error("in_progress", "unknown")),
        again=reply(409, error("in_progress", "unknown")),
    ),
    B(name="says_key_reused_to_repeats", say=reply(500, b""), again=refusal("key_reused", 422)),
)
