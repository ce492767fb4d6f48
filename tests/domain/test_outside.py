"""The one door for words from outside, and that every text of every fact is known to have come
through a door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, Literal, TypeAlias, get_args, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from application.ports.gateways import (
    GatewaySilent,
    GatewayUnreachable,
    NoAnswer,
    NotOffered,
    TooLateToSend,
)
from domain.card_numbers import find_card_number
from domain.gateway.answers import Declined, NotProcessed, Unclear
from domain.notice.versions import NOTICE_EVENTS
from domain.outside import word, words
from domain.payment.versions import PAYMENT_EVENTS
from tests.fuzz.budget import fuzzed

CARD: Final = "4111 1111 1111 1111"
texts = st.lists(
    st.sampled_from([CARD, "4111111111111111", "4111", "1", " ", "-", "\n", "\x00", "\u200b", "x"])
    | st.text(max_size=5)
).map("".join)

Door: TypeAlias = Literal[
    "ours",  # a word of a closed list, a name or id that this program or its operator made
    "identifier",  # the gateway's: it must be named to it again, so it stays as it is
    "merchant",  # refused with 422 where it holds a card number (api/http/screening.py)
    "outside",  # let through by domain/outside.py
]
DOORS: Final[dict[str, Door]] = {
    "CommandRef.fingerprint": "ours",
    "CommandRef.api_version": "ours",
    "Started.gateway": "ours",
    "Started.account": "ours",
    "Started.endpoint": "ours",
    "Started.owner": "ours",
    "Started.request_hash": "ours",
    "AttemptRepeated.owner": "ours",
    "AttemptTakenOver.owner": "ours",
    "AttemptPending.reference": "identifier",
    "AttemptSucceeded.reference": "identifier",
    "AttemptDeclined.code": "outside",
    "AttemptDeclined.network_code": "outside",
    "AttemptDeclined.message": "outside",
    "AttemptDeclined.advice": "ours",
    "AttemptFailed.code": "outside",
    "AttemptFailed.message": "outside",
    "OutcomeUnknown.reason": "outside",
    "LookUpAnswered.answer": "ours",
    "ReviewRequested.reason": "ours",
    "LateSuccessObserved.reference": "identifier",
    "OperationSucceeded.reference": "identifier",
    "OperationFailed.code": "outside",
    "FollowUpDeferred.code": "outside",
    "FollowUpDeferred.message": "outside",
    "ForeignMovementObserved.reference": "identifier",
    "SuccessReversed.reference": "identifier",
    "FollowUpStarted.charge": "identifier",
    "FollowUpStarted.reason": "merchant",
    "Candidate.gateway": "ours",
    "Candidate.excluded": "ours",
    "Candidate.factors": "ours",
    "PaymentInitiated.merchant": "ours",
    "PaymentInitiated.customer": "merchant",
    "PaymentInitiated.description": "merchant",
    "PaymentInitiated.metadata": "merchant",
    "PaymentMethod.token": "merchant",
    "PaymentMethod.bank": "merchant",
    "PaymentMethod.brand": "merchant",
    "PaymentMethod.bin": "merchant",
    "PaymentMethod.last4": "merchant",
    "PaymentMethod.country": "merchant",
    "RouteDecided.order": "ours",
    "RouteDecided.policy": "ours",
    "PaymentFailed.code": "ours",
    "CommandRefused.code": "ours",
    "CommandRefused.detail": "ours",
    "OperatorsWord.operator": "ours",
    "OperatorsWord.reason": "merchant",  # an operator's, screened as a merchant's
    "OperatorsWord.evidence": "merchant",
    "OperatorsWord.reference": "merchant",
    "ResolveProposed.review": "ours",
    "ReviewResolved.review": "ours",
    "ReviewResolved.first": "ours",
    "ResolveRefused.code": "ours",
    "ResolveRefused.detail": "ours",
    "Money.currency": "ours",
    "NoticeReceived.gateway": "ours",
    "NoticeReceived.id": "outside",
    "NoticeReceived.type": "outside",
    "NoticeReceived.status": "outside",
    "NoticeReceived.excerpt": "outside",
}


@given(texts, st.integers(0, 400))
@example("9" * 7 + "4111111111111111", 23)
@example("4111111111111111" + "5" * 9, 16)  # no card number before it is cut, one after
@example("x 4111111111111111", 10)
@example("4111\r\n1111\t1111 \x001111", 100)
@fuzzed
def test_what_comes_through_is_printable_bounded_and_holds_no_card_number(
    text: str, most: int
) -> None:
    let_through = words(text, most)
    assert len(let_through) <= most
    assert let_through.isprintable()
    assert not find_card_number(let_through)
    assert words(let_through, most) == let_through


def test_the_rest_stays_as_it_is() -> None:
    assert words(f"refused: {CARD}, for good") == "refused: **** **** **** ****, for good"
    assert words("  two\n\nlines ") == "two lines"
    assert (word("x" * 65), words("x" * 301)) == ("x" * 64, "x" * 300)


@pytest.mark.parametrize("kind", [GatewaySilent, GatewayUnreachable, TooLateToSend, NotOffered])
def test_a_port_can_raise_nothing_that_did_not_come_through(kind: type[NoAnswer]) -> None:
    assert str(kind(f"bad status line: {CARD}\n" + "x" * 999)).startswith("bad status line: ****")
    assert len(str(kind("x" * 999))) == 300
    assert set(NoAnswer.__subclasses__()) == {
        GatewaySilent, GatewayUnreachable, TooLateToSend, NotOffered,
    }  # fmt: skip


def test_a_port_can_answer_nothing_that_did_not_come_through() -> None:
    number = "4111111111111111"
    declined = Declined(code=number, message=f"for {number}\n", network_code=number * 9)
    assert (declined.code, declined.message) == ("*" * 16, "for " + "*" * 16)
    assert declined.network_code == "*" * 64  # bounded, and nothing left of what was cut
    refused = NotProcessed(code=number, message=f"for {number} " + "x" * 999)
    assert (refused.code, len(refused.message)) == ("*" * 16, 300)
    assert "4111" not in refused.message
    assert Unclear(reference=CARD, what="reference_unreadable").reference == "**** **** **** ****"


def test_every_text_of_every_fact_has_a_door() -> None:
    """A new member of text in a fact: say in DOORS which door it came through, and test it."""
    facts = (PAYMENT_EVENTS, NOTICE_EVENTS)  # those of merchants are written by the operator
    found = {one for known in facts for kind in known.types.values() for one in _texts(kind)}
    assert found == set(DOORS)


def _texts(kind: type) -> Iterator[str]:
    """Members that may hold text, by the class that brought them, also of what they are made of."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        brought_by = next(
            base
            for base in reversed(kind.__mro__)
            if one.name in vars(base).get("__annotations__", {})
        )
        parts = set(_parts(hints[one.name]))
        if str in parts:
            yield f"{brought_by.__name__}.{one.name}"
        for part in parts:
            if hasattr(part, "__dataclass_fields__"):
                yield from _texts(part)


def _parts(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for one in get_args(hint):
        yield from _parts(one)
