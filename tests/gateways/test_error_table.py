"""Every row of the error table by what it makes of a charge, a capture, a void and a refund.

Written out by hand: whoever changes a row changes what becomes of somebody's money, and says so.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.gateways.bound import Reply
from adapters.gateways.classify import answer_to
from adapters.gateways.error_table import SIMULATOR_ERRORS
from adapters.gateways.requests import prepared
from domain.payment import events as e
from domain.payment.decisions.answers import record_answer
from domain.payment.decisions.charge import Ask, next_step
from domain.payment.state import Ready
from tests.domain import facts as f
from tests.domain.story import payment_of
from tests.gateways.building import charge_request, operation_request

# Of a charge: `failed: ...` ends the payment (with `, again` it may be tried anew), `next` asks the
# next gateway, `next, again` also this one once more. Of a capture, void or refund: `again` tries
# once more, `failed: ...` ends it, `done` has nothing left to do. (charge, capture, void, refund)
DECLINES: Final = {
    "insufficient_funds": ("failed: declined, again", "insufficient_funds", "51"),
    "do_not_honor": ("failed: declined", "do_not_honor", "05"),
    "expired_card": ("failed: declined, again", "expired_card", "54"),
    "limit_exceeded": ("failed: declined, again", "limit_exceeded", "61"),
    "incorrect_pin": ("failed: declined, again", "incorrect_pin", "55"),
    "suspected_fraud": ("failed: declined", "suspected_fraud", "59"),
    "canceled": ("failed: declined", "canceled", None),
    "a word that is not in the table": ("failed: declined", "generic_decline", None),
}
PASSING: Final = ("next, again", "again", "again", "again")


def final(code: str) -> tuple[str, str, str, str]:
    return ("next", *[f"failed: {code}"] * 3)  # type: ignore[return-value]


REFUSALS: Final = {
    "unavailable": PASSING,
    "throttled": PASSING,
    "overloaded": PASSING,
    "books_unwritable": PASSING,
    "charge_pending": PASSING,
    "books_full": final("books_full"),
    "maintenance": final("maintenance"),
    "malformed": final("malformed"),
    "too_large": final("too_large"),
    "idempotency_key_missing": final("idempotency_key_missing"),
    "idempotency_key_mismatch": final("idempotency_key_mismatch"),
    "key_reused": final("key_reused"),
    "key_canceled": final("key_canceled"),
    "method_not_supported": final("method_not_supported"),
    "no_such_charge": final("no_such_charge"),
    "charge_declined": final("charge_declined"),
    "capture_refused": final("capture_refused"),
    "amount_too_large": final("amount_too_large"),
    "nothing_to_capture": final("nothing_to_capture"),
    "nothing_to_void": final("nothing_to_void"),
    "nothing_to_refund": final("nothing_to_refund"),
    "authorization_expired": (
        "next",
        "failed: authorization_expired",
        "done",
        "failed: authorization_expired",
    ),
    "a word that is not in the table": final("refused"),
}
PASSING_STATUSES: Final = (408, 425, 429, 500, 502, 503, 504)
OTHER_STATUSES: Final = (400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 501, 505, 520, 599)
KINDS: Final = ("charge", "capture", "void", "refund")
STARTS: Final[dict[str, Any]] = {
    "capture": (f.HELD, f.begun(e.CaptureStarted, "c", command=f.ref("capture"))),
    "void": (f.HELD, f.begun(e.VoidStarted, "v", command=f.ref("cancel"), reason="canceled")),
    "refund": (f.CHARGED, f.begun(e.RefundStarted, "r", command=f.ref("refund"), reason="x")),
}


def answered(kind: str, status: int, told: dict[str, object], key: UUID) -> Any:
    request = (
        charge_request(key=key)
        if kind == "charge"
        else operation_request(kind, "ch_1", f.TEN.amount, key=key, currency=f.TEN.currency)
    )
    reply = Reply(status=status, body=json.dumps(told).encode(), alone=True)
    return answer_to(prepared(request), reply, SIMULATOR_ERRORS)


def effect(kind: str, status: int, told: dict[str, object]) -> str:
    if kind == "charge":
        return effect_on_charge(status, told)
    before, start = STARTS[kind]
    facts = payment_of(*before, start).facts
    answer = answered(kind, status, {**told, "key": str(start.key)}, start.key)
    (fact,) = record_answer(facts, start.key, answer, evidence="answer", now=f.at(1))
    if isinstance(fact, e.OperationSucceeded):
        return "done"
    assert isinstance(fact, e.AttemptFailed | e.AttemptDeclined)
    return "again" if getattr(fact, "transient", False) else f"failed: {fact.code}"


def effect_on_charge(status: int, told: dict[str, object]) -> str:
    asked = (*f.OPENED, f.asked())
    answer = answered("charge", status, {**told, "key": str(f.key())}, f.key())
    facts = payment_of(*asked).facts
    (fact,) = record_answer(facts, f.key(), answer, evidence="answer", now=f.at(1))
    after = payment_of(*asked, fact)
    assert isinstance(after, Ready)
    step = next_step(after, now=f.at(1), jitter=0.0)
    if not isinstance(step, Ask):
        return f"failed: {step.code}" + (", again" if step.retryable else "")
    assert step.gateway == f.BETA
    beta = f.asked(2, f.BETA)
    no = e.AttemptFailed(
        key=beta.key, code="x", message="", transient=False, retry_after_s=None,
        evidence="answer", at=f.at(2),
    )  # fmt: skip
    alone = payment_of(*asked, fact, beta, no)
    assert isinstance(alone, Ready)
    again = isinstance(next_step(alone, now=f.at(2), jitter=0.0), Ask)
    return "next, again" if again else "next"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", DECLINES)
def test_a_decline(code: str, kind: str) -> None:
    ends, ours, network_code = DECLINES[code]
    told: dict[str, object] = {
        "id": "x_1", "status": "declined", "charge_id": "ch_1", "code": code,
        "amount": 1, "currency": "EUR",
    }  # fmt: skip
    answer = answered(kind, 200, {**told, "key": str(f.key())}, f.key())
    assert (answer.code, answer.network_code, answer.reference) == (ours, network_code, "x_1")
    assert effect(kind, 200, told) == (ends if kind == "charge" else f"failed: {ours}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [one for one in DECLINES if one in SIMULATOR_ERRORS.codes])
def test_a_decline_told_as_an_error(code: str, kind: str) -> None:
    ends, ours, network_code = DECLINES[code]
    told: dict[str, object] = {"code": code, "message": "", "charged": False}
    answer = answered(kind, 402, told, f.key())
    assert (answer.code, answer.network_code, answer.reference) == (ours, network_code, None)
    assert effect(kind, 402, told) == (ends if kind == "charge" else f"failed: {ours}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal(code: str, kind: str) -> None:
    told: dict[str, object] = {"code": code, "message": "", "charged": False}
    assert effect(kind, 422, told) == REFUSALS[code][KINDS.index(kind)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [*PASSING_STATUSES, *OTHER_STATUSES])
def test_a_refusal_in_other_words_goes_by_its_status(status: int, kind: str) -> None:
    expected = PASSING if status in PASSING_STATUSES else final("refused")
    told: dict[str, object] = {"code": "quota_exceeded", "message": "", "charged": False}
    assert effect(kind, status, told) == expected[KINDS.index(kind)]


def test_no_row_is_missing() -> None:
    assert set(SIMULATOR_ERRORS.codes) == {one for one in (*DECLINES, *REFUSALS) if " " not in one}
    assert SIMULATOR_ERRORS.transient_statuses == set(PASSING_STATUSES)


def test_a_passing_refusal_is_waited_for() -> None:
    """Which of them is asked again, and when: not before the gateway wishes."""
    asked = (*f.OPENED, f.asked())
    told = {"code": "throttled", "charged": False, "message": "", "key": str(f.key())}
    reply = Reply(status=429, body=json.dumps(told).encode(), alone=True, retry_after="7")
    answer = answer_to(prepared(charge_request(key=f.key())), reply, SIMULATOR_ERRORS)
    facts = payment_of(*asked).facts
    (fact,) = record_answer(facts, f.key(), answer, evidence="answer", now=f.at(1))
    after = payment_of(*asked, fact, f.asked(2, f.BETA), f.failed(2, transient=False))
    assert isinstance(after, Ready)
    step = next_step(after, now=f.at(0) + timedelta(seconds=2), jitter=0.0)
    assert step == Ask(f.ALPHA, 7.0)
