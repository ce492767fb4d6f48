"""The answers of each version of the API, member by member, and of 2026-11-01 byte by byte: what
was ever given out is never edited, for a repeat must get the same."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

import pytest

from application.payments.answers import Answer
from application.payments.commands import CreatePayment, Envelope
from application.payments.renderings import v2026_11_01
from application.ports.event_store import StoreBusy
from domain.api_versions import V2026_11_01, V2026_12_01
from domain.gateway.answers import Declined, NotProcessed
from domain.money import Money
from domain.payment.events import CaptureSucceeded, RefundSucceeded
from domain.payment.evolve import fold
from domain.payment.state import New
from domain.payment.view import payment_view
from tests.payments.remote import (
    BROKEN,
    CHARGED_SILENTLY,
    DO_NOT_HONOR,
    LOST,
    NO_FUNDS,
    OK,
    Turn,
    says,
)
from tests.payments.world import CARD, World, body_of

NOT_CHARGED = "The payment was not charged."
REFUSES = "The payment refuses this command."
THROTTLED = NotProcessed(code="throttled", retry_after_s=6.0)


VIEWS: Final = {V2026_11_01: v2026_11_01.payment_view, V2026_12_01: payment_view}


@pytest.fixture(params=VIEWS, autouse=True)
def version(request: pytest.FixtureRequest, world: World) -> str:
    """Everything here holds in every version."""
    world.version = str(request.param)
    return world.version


async def view_of(world: World, payment: UUID) -> Any:
    """As this version shows it."""
    recorded = fold(await world.facts(payment))
    assert not isinstance(recorded, New)
    return VIEWS[world.version](recorded)


def problem(
    answer: Answer, status: int, code: str, title: str, detail: str | None, **more: Any
) -> None:
    """It is this problem, and holds no member besides. What the frozen version calls `retryable` is
    `retry_with_new_key` since, and `retryable` is of the same key."""
    is_frozen = answer.api_version == V2026_11_01
    if not is_frozen and status == 402:
        more |= {"retryable": False, "retry_with_new_key": more["retryable"]}
    told = {
        "type": f"urn:interlock:problem:{code}" if is_frozen else f"/docs/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "payment": f"pay_{answer.payment.hex}",
    }
    assert body_of(answer) == told | more | ({} if detail is None else {"detail": detail})
    assert (answer.status, answer.content_type) == (status, "application/problem+json")


def refused_for_good(world: World, before: str | None) -> tuple[str | None, dict[str, Any]]:
    """Detail and members of a refusal by a gateway that is BROKEN; `before` names the frozen
    version's detail, which said the same of every refusal."""
    if world.version == V2026_11_01:
        return before, {}
    failure = {"code": "broken", "message": "", "retryable": False}
    return "The last reason was broken.", {"retryable": False, "failure": failure}


async def test_a_charged_payment_byte_by_byte(world: World) -> None:
    envelope = Envelope(
        merchant="alma", path="/v1/payments", key="k1", fingerprint="f", api_version=V2026_11_01
    )
    asked = CreatePayment(
        envelope=envelope,
        amount=Money(1000, "EUR"),
        capture_method="automatic",
        method=CARD,
        customer="cus_1",
        description="Kaffee für zwei",
        metadata={"order": "7"},
    )

    answer = await world.api.core.creates.handle(asked)

    assert (answer.status, answer.content_type) == (201, "application/json")
    assert (answer.payment, answer.revision) == (envelope.id, 3)
    assert answer.body.decode() == (
        '{"id":"pay_57ad0fa5b36c5e8ab26a601710d70746","object":"payment","status":"succeeded",'
        '"amount":1000,"currency":"EUR","amount_authorized":1000,"amount_captured":1000,'
        '"amount_capturable":0,"amount_refunded":0,"capture_method":"automatic",'
        '"payment_method":{"type":"card","bank":null,"brand":"visa","bin":null,"last4":"4242",'
        '"country":null},"customer":"cus_1","description":"Kaffee für zwei",'
        '"metadata":{"order":"7"},"merchant_initiated":false,"gateway":"alpha","attempts":1,'
        '"cancel_requested":false,"needs_review":false,"failure":null,"refunds":[],'
        '"created_at":"2026-03-01T12:00:00.000000Z","revision":3}'
    )


@pytest.mark.parametrize(
    ("no", "retryable", "decline"),
    [
        (
            DO_NOT_HONOR,
            False,
            {"code": "do_not_honor", "network_code": "05", "advice": "do_not_try_again"},
        ),
        (
            NO_FUNDS,
            True,
            {"code": "insufficient_funds", "network_code": "51", "advice": "try_again_later"},
        ),
    ],
)
async def test_a_decline(
    world: World, no: Declined, retryable: bool, decline: dict[str, str]
) -> None:
    world.given(alpha=[no])

    answer = await world.create()

    detail = "The payer's bank or instrument declined; tell the payer."
    problem(
        answer, 402, "declined", NOT_CHARGED, detail, retryable=retryable, decline=decline
    )  # fmt: skip


async def test_nobody_could_take_the_payment(world: World) -> None:
    world.given(alpha=[BROKEN], beta=[BROKEN])

    answer = await world.create()

    detail = "No gateway could take the payment; nothing was charged."
    code = "no_gateway_available"
    problem(answer, 402, code, NOT_CHARGED, detail, retryable=True, decline=None)


async def test_a_payment_that_was_not_completed_in_time(world: World) -> None:
    world.given(alpha=[Turn(stalls_s=61.0)])

    answer = await world.create()

    detail = "The payment was not completed in its time; nothing was charged."
    code = "not_completed_in_time"
    problem(answer, 402, code, NOT_CHARGED, detail, retryable=True, decline=None)


async def test_a_payment_that_recovery_found_not_to_be_charged(world: World) -> None:
    world.given(alpha=[THROTTLED], beta=[BROKEN])
    await world.dies_after(1, world.create())
    await world.recover(by=world.start("worker-1"), for_s=60)

    answer = await world.create()

    detail = "It was settled that nothing was charged."
    problem(answer, 402, "not_charged", NOT_CHARGED, detail, retryable=True, decline=None)


async def test_a_refusal(world: World) -> None:
    paid = await world.create()

    answer = await world.refund(paid.payment, 1001)

    detail = "10.01 EUR is more than the 10.00 EUR that can be refunded"
    problem(answer, 409, "refund_exceeds_captured", REFUSES, detail, retryable=False)


async def test_a_refund(world: World) -> None:
    paid = await world.create()

    answer = await world.refund(paid.payment, 300)

    assert (answer.status, answer.content_type) == (201, "application/json")
    told = body_of(answer)
    assert re.fullmatch("re_[0-9a-f]{32}", told.pop("id"))
    assert told == {
        "object": "refund",
        "payment": f"pay_{paid.payment.hex}",
        "status": "succeeded",
        "amount": 300,
        "currency": "EUR",
        "reason": None,
        "failure": None,
        **({} if world.version == V2026_11_01 else {"deferred": None, "amount_reversed": 0}),
        "created_at": "2026-03-01T12:00:00.020000Z",
    }


async def test_a_refund_that_the_gateway_refused(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[BROKEN])

    answer = await world.refund(paid.payment)

    (refund,) = (await view_of(world, paid.payment))["refunds"]
    title = "The gateway refused the refund."
    detail, more = refused_for_good(world, None)
    problem(
        answer, 402, "refund_failed", title, detail, **{"retryable": False, **more},
        refund=refund["id"],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["capture", "cancel"])
async def test_a_capture_or_cancellation_that_the_gateway_refused(world: World, name: str) -> None:
    held = await world.create(manual=True)
    world.given(alpha=[BROKEN])

    answer = await getattr(world, name)(held.payment)

    title = f"The gateway refused the {name}."
    detail, more = refused_for_good(world, "broken")
    problem(answer, 402, f"{name}_failed", title, detail, **{"retryable": True, **more})


async def test_a_capture_is_answered_with_the_payment(world: World) -> None:
    held = await world.create(manual=True)

    answer = await world.capture(held.payment, 300)

    assert (answer.status, answer.content_type) == (200, "application/json")
    assert body_of(answer) == await view_of(world, held.payment)
    assert body_of(answer)["amount_captured"] == 300


@pytest.mark.parametrize("turn", [LOST, CHARGED_SILENTLY])
async def test_what_is_unknown_is_answered_with_all_that_is_known(world: World, turn: Turn) -> None:
    world.given(alpha=[turn, OK])
    unknown = await world.create("k1")
    paid = await world.create("k2")
    world.given(alpha=[turn])
    refund = await world.refund(paid.payment)

    for answer in (unknown, refund):
        assert (answer.status, answer.content_type, answer.final) == (202, "application/json", True)
    assert body_of(unknown) == await view_of(world, unknown.payment)
    assert [body_of(refund)] == (await view_of(world, paid.payment))["refunds"]
    assert (body_of(unknown)["status"], body_of(refund)["status"]) == (
        "pending_verification",
        "unknown",
    )


async def test_what_is_still_on_its_way_is_told_as_far_as_it_is_known(world: World) -> None:
    """The log did not take the outcomes: a refund for a refund, else the payment."""
    held = await world.create("k1", manual=True)
    paid = await world.create("k2")
    world.store.fails(CaptureSucceeded, StoreBusy("full"))
    world.store.fails(RefundSucceeded, StoreBusy("full"))

    capture = await world.capture(held.payment)
    refund = await world.refund(paid.payment)

    for answer in (capture, refund):
        assert (answer.status, answer.content_type, answer.final) == (
            202,
            "application/json",
            False,
        )
    assert body_of(capture) == await view_of(world, held.payment)
    assert [body_of(refund)] == (await view_of(world, paid.payment))["refunds"]


async def test_a_cancellation_does_not_answer_for_what_is_given_back_elsewhere(
    world: World,
) -> None:
    """Alpha charged after all and keeps silent about giving it back; beta releases its rest."""
    world.given(alpha=[says(BROKEN), LOST])
    held = await world.create(manual=True)
    await world.capture(held.payment, 300)
    world.alpha.book(world.alpha.sent[0].key, world.captured())
    await world.api.core.carrying.look_now(held.payment)

    cancel = await world.cancel(held.payment)

    assert (await world.story(held.payment))[-1] == "VoidSucceeded (answer)"
    assert (cancel.status, body_of(cancel)["status"]) == (200, "partially_captured")
