"""A gateway's answer is untrusted: whatever comes, a definite answer is one that says so in the
protocol's own words, everything else is silence, and no card number gets through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.gateways.classify import Reply, answer_to, canceled, looked_up
from adapters.gateways.error_table import SIMULATOR_ERRORS
from adapters.gateways.requests import CHARGE, prepared
from adapters.gateways.shapes import Unreadable
from application.ports.gateways import NotOffered, OperationRequest, Prepared
from domain.card_numbers import find_card_number
from domain.gateway.answers import Absent, Blocked, Declined, NotProcessed
from domain.money import Money
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutation_of_json import DEEP, almost, anything
from tests.gateways.building import charge_request

KEY: Final = UUID("6b1f6a1e-3c54-5a9c-8f0e-1d0f5d2a7c11")
CARD: Final = "4111 1111 1111 1111"
CHARGED: Final = {
    "id": "ch_1",
    "key": str(KEY),
    "status": "captured",
    "amount": 5_000,
    "currency": "INR",
    "code": None,
    "network_code": None,
    "message": "paid",
}
DECLINED: Final = {**CHARGED, "status": "declined", "code": "do_not_honor", "message": CARD}
REFUNDED: Final = {**CHARGED, "charge_id": "ch_1", "type": "refund", "status": "succeeded"}
CANCELED: Final = {"key": str(KEY), "status": "canceled", "charged": False}
REFUSED: Final = {"code": "unavailable", "message": f"for {CARD}", "charged": False}
ABSENT: Final = {"code": "not_found", "message": "", "charged": "unknown"}
GOOD: Final = (CHARGED, DECLINED, REFUNDED, CANCELED, REFUSED, ABSENT)

CHARGE_SENT: Final = prepared(charge_request(key=KEY))
REFUND_SENT: Final = prepared(
    OperationRequest(key=KEY, kind="refund", charge="ch_1", amount=Money(5_000, "INR"))
)
statuses = st.sampled_from([200, 200, 201, 204, 301, 400, 402, 404, 409, 422, 429, 500, 501, 503])
bodies = (
    st.sampled_from(GOOD).flatmap(almost)
    | st.binary()
    | anything.map(lambda one: json.dumps(one).encode())
)
waits = st.none() | st.text() | st.integers().map(str) | st.sampled_from(["\u0661", "9" * 400])
replies = st.builds(Reply, status=statuses | st.integers(0, 999), body=bodies, retry_after=waits)


def heard(listen: Callable[[], Any]) -> Any:
    """What was understood; None for silence, which is all that may be raised."""
    try:
        answer = listen()
    except (Unreadable, NotOffered) as silence:
        words = str(silence)
    else:
        return checked(answer)
    assert not find_card_number(words), words
    return None


def checked(answer: Any) -> Any:
    told = {name: one for name, one in asdict(answer).items() if name != "reference"}
    assert not find_card_number(repr(told)), answer
    assert getattr(answer, "retry_after_s", None) is None or 0 <= answer.retry_after_s <= 3_600
    return answer


def members(reply: Reply) -> dict[str, Any]:
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


@given(replies, st.sampled_from([CHARGE_SENT, REFUND_SENT]))
@example(Reply(status=500, body=json.dumps(REFUSED).encode()), CHARGE_SENT)
@example(Reply(status=200, body=json.dumps(REFUSED).encode()), CHARGE_SENT)
@example(Reply(status=302, body=json.dumps(REFUSED).encode()), CHARGE_SENT)
@example(Reply(status=200, body=b'{"id":' + DEEP), CHARGE_SENT)
@example(Reply(status=200, body=json.dumps(REFUNDED).encode()), CHARGE_SENT)
@example(Reply(status=200, body=json.dumps(CHARGED).encode()), REFUND_SENT)
@fuzzed
def test_a_no_is_only_what_says_no(reply: Reply, sent: Prepared) -> None:
    answer = heard(lambda: answer_to(sent, reply, SIMULATOR_ERRORS))
    said = members(reply)
    if answer is None:
        return
    if reply.status == 200:
        assert said["key"] == str(KEY)
        assert isinstance(answer, Declined) == (said["status"] == "declined")
        assert not isinstance(answer, NotProcessed)
    else:
        assert isinstance(answer, Declined | NotProcessed)
        assert said["charged"] is False
        assert reply.status >= 400


@given(replies, st.sampled_from([CHARGE, "capture", "refund"]))
@example(Reply(status=404, body=json.dumps(ABSENT).encode()), CHARGE)
@example(Reply(status=404, body=json.dumps(REFUSED).encode()), CHARGE)
@example(Reply(status=200, body=DEEP), CHARGE)
@fuzzed
def test_absence_is_only_the_protocols_own_404(reply: Reply, kind: str) -> None:
    answer = heard(lambda: looked_up(KEY, kind, reply, SIMULATOR_ERRORS))
    if isinstance(answer, Absent):
        assert (reply.status, members(reply)["code"]) == (404, "not_found")
    elif answer is not None:
        assert (reply.status, members(reply)["key"]) == (200, str(KEY))


@given(replies)
@example(Reply(status=200, body=json.dumps(CANCELED).encode()))
@example(Reply(status=200, body=json.dumps({**CANCELED, "charged": True}).encode()))
@example(Reply(status=200, body=json.dumps({**CANCELED, "key": str(UUID(int=0))}).encode()))
@fuzzed
def test_blocked_is_only_what_says_canceled_and_not_charged(reply: Reply) -> None:
    answer = heard(lambda: canceled(KEY, reply, SIMULATOR_ERRORS))
    if isinstance(answer, Blocked):
        said = members(reply)
        assert (reply.status, said["key"]) == (200, str(KEY))
        assert (said["status"], said["charged"]) == ("canceled", False)


@pytest.mark.parametrize("good", [CHARGED, DECLINED])
def test_the_good_answers_are_good(good: dict[str, Any]) -> None:
    reply = Reply(status=200, body=json.dumps(good).encode())

    assert heard(lambda: answer_to(CHARGE_SENT, reply, SIMULATOR_ERRORS)) is not None
