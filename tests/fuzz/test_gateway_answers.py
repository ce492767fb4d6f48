"""A gateway's answer is untrusted: whatever comes, a definite answer is one that says so in the
protocol's own words, everything else is silence, and no card number gets through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.gateways.bound import Reply
from adapters.gateways.classify import answer_to, canceled, looked_up
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
DATES: Final = ("Wed, 21 Oct 2015 07:28:00 GMT", "Sat, 31 Dec 9999 23:59:59 -2359", "Feb 30 1 2")
waits = (
    st.none()
    | st.text()
    | st.integers().map(str)
    | st.sampled_from(["\u0661", "9" * 400, *DATES])
    | st.datetimes().map(lambda one: one.strftime("%a, %d %b %Y %H:%M:%S GMT"))
)
keys = st.none() | st.sampled_from([str(KEY), str(UUID(int=0)), "two"])
moments = st.none() | st.datetimes(timezones=st.just(UTC))
replies = st.builds(
    Reply,
    status=statuses | st.integers(0, 999),
    body=bodies,
    alone=st.booleans(),
    names=keys,
    retry_after=waits,
    at=moments,
)


def reply_of(status: int, body: bytes, *, alone: bool = True, names: str | None = None) -> Reply:
    return Reply(status=status, body=body, alone=alone, names=names)


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
        value = json.loads(reply.body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def assert_bound(reply: Reply, said: dict[str, Any]) -> None:
    """Else a refusal of another request would prove that nothing was charged by this one."""
    named = {one for one in (said.get("key"), reply.names) if one is not None}
    assert named == {str(KEY)} or (not named and reply.alone)


@given(replies, st.sampled_from([CHARGE_SENT, REFUND_SENT]))
@example(reply_of(503, json.dumps(REFUSED).encode(), alone=False), CHARGE_SENT)
@example(reply_of(503, json.dumps(REFUSED).encode(), alone=False, names=str(KEY)), CHARGE_SENT)
@example(reply_of(503, json.dumps(REFUSED).encode(), names=str(UUID(int=0))), CHARGE_SENT)
@example(reply_of(500, json.dumps(REFUSED).encode()), CHARGE_SENT)
@example(reply_of(200, json.dumps(REFUSED).encode()), CHARGE_SENT)
@example(reply_of(302, json.dumps(REFUSED).encode()), CHARGE_SENT)
@example(reply_of(200, b'{"id":' + DEEP), CHARGE_SENT)
@example(reply_of(200, json.dumps(REFUNDED).encode()), CHARGE_SENT)
@example(reply_of(200, json.dumps(CHARGED).encode()), REFUND_SENT)
@fuzzed
def test_a_no_is_only_what_says_no(reply: Reply, sent: Prepared) -> None:
    answer = heard(lambda: answer_to(sent, reply, SIMULATOR_ERRORS))
    said = members(reply)
    if answer is None:
        return
    if 200 <= reply.status < 300:
        assert said["key"] == str(KEY)
        assert isinstance(answer, Declined) == (said["status"] == "declined")
        assert not isinstance(answer, NotProcessed)
    else:
        assert isinstance(answer, Declined | NotProcessed)
        assert said["charged"] is False
        assert reply.status >= 400
        assert_bound(reply, said)


@given(replies, st.sampled_from([CHARGE, "capture", "refund"]))
@example(reply_of(404, json.dumps(ABSENT).encode()), CHARGE)
@example(reply_of(404, json.dumps(REFUSED).encode()), CHARGE)
@example(reply_of(200, DEEP), CHARGE)
@fuzzed
def test_absence_is_only_the_protocols_own_404(reply: Reply, kind: str) -> None:
    answer = heard(lambda: looked_up(KEY, kind, reply, SIMULATOR_ERRORS))
    if isinstance(answer, Absent):
        assert (reply.status, members(reply)["code"]) == (404, "not_found")
        assert_bound(reply, members(reply))
    elif answer is not None:
        assert (reply.status // 100, members(reply)["key"]) == (2, str(KEY))


@given(replies)
@example(reply_of(200, json.dumps(CANCELED).encode()))
@example(reply_of(200, json.dumps({**CANCELED, "charged": True}).encode()))
@example(reply_of(200, json.dumps({**CANCELED, "key": str(UUID(int=0))}).encode()))
@fuzzed
def test_blocked_is_only_what_says_canceled_and_not_charged(reply: Reply) -> None:
    answer = heard(lambda: canceled(KEY, reply, SIMULATOR_ERRORS))
    if isinstance(answer, Blocked):
        said = members(reply)
        assert (reply.status // 100, said["key"]) == (2, str(KEY))
        assert (said["status"], said["charged"]) == ("canceled", False)


@pytest.mark.parametrize("good", [CHARGED, DECLINED])
def test_the_good_answers_are_good(good: dict[str, Any]) -> None:
    reply = reply_of(200, json.dumps(good).encode())

    assert heard(lambda: answer_to(CHARGE_SENT, reply, SIMULATOR_ERRORS)) is not None
