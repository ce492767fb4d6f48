"""An operator ends a review: believed where the gateway does not say otherwise, and never a reason
to charge anybody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from application.payments.idempotency import KeyReused
from application.payments.resolve import GatewayNotHeard, TooManyResolves
from application.ports.gateways import UnknownGateway
from domain.chain import decode_metadata
from domain.gateway.answers import Captured, Pending, Unclear
from domain.installation.formats import FormatTooLow
from domain.money import Money
from domain.payment.events import ResolveProposed, ResolveRefused, ReviewResolved
from tests.payments.operators import MUCH, resolve, under_review
from tests.payments.world import World, body_of

CHARGED: dict[str, Any] = {"reference": "ch_9", "amount": 1000}


@pytest.mark.parametrize(
    ("manual", "captured", "status"),
    [(False, None, "succeeded"), (True, None, "requires_capture"), (True, True, "succeeded")],
)
async def test_what_an_operator_knows_to_be_charged_stands(
    world: World, manual: bool, captured: bool | None, status: str
) -> None:
    payment = await under_review(world, manual=manual)

    answer = await resolve(world, payment, "charged", **CHARGED, captured=captured)

    assert (answer.status, body_of(answer)["status"]) == (200, status)
    view = await world.view(payment)
    assert (view["status"], view["needs_review"]) == (status, False)
    assert (await world.story(payment))[-2:] == ["AttemptSucceeded (operator)", "ReviewResolved"]


async def test_what_was_not_charged_fails_and_is_charged_nowhere_else(world: World) -> None:
    payment = await under_review(world)
    sent = len(world.alpha.sent)

    answer = await resolve(world, payment, "not_charged")
    await world.recover(for_s=3_600)

    assert (answer.status, body_of(answer)["status"]) == (200, "failed")
    view = await world.view(payment)
    assert (view["failure"]["code"], view["needs_review"]) == ("not_charged", False)
    assert (len(world.alpha.sent), world.beta.sent) == (sent, [])


async def test_who_said_it_why_and_by_what_evidence_is_on_record(world: World) -> None:
    payment = await under_review(world)
    await resolve(world, payment, "not_charged", reason="their list", evidence="mail of monday")

    (fact,) = [one for one in await world.facts(payment) if isinstance(one, ReviewResolved)]
    stored = (await world.store.read_stream(f"payment-{payment}"))[-1]

    assert (fact.word.operator, fact.word.reason, fact.word.evidence) == (
        "anna", "their list", "mail of monday",
    )  # fmt: skip
    assert (fact.review, fact.first, fact.confirmed) == ("unsettled_too_long", None, False)
    assert decode_metadata(stored.metadata).actor == "operator:anna"


async def test_a_gateway_that_says_otherwise_wins_and_what_it_says_is_recorded(
    world: World,
) -> None:
    payment = await under_review(world)
    world.alpha.book(world.alpha.sent[0].key, Captured("ch_1", Money(1000, "EUR")))

    answer = await resolve(world, payment, "not_charged")

    assert (answer.status, body_of(answer)["code"]) == (409, "contradicted")
    view = await world.view(payment)
    assert (view["status"], view["needs_review"]) == ("succeeded", False)
    assert (await world.story(payment))[-2:] == ["AttemptSucceeded (look_up)", "ResolveRefused"]


async def test_a_gateway_that_says_the_same_needs_no_second_operator(world: World) -> None:
    payment = await under_review(world, amount=MUCH)
    world.alpha.book(world.alpha.sent[0].key, Captured("ch_1", Money(MUCH, "EUR")))

    answer = await resolve(world, payment, "charged", reference="ch_1", amount=MUCH)

    assert (answer.status, body_of(answer)["status"]) == (200, "succeeded")
    (fact,) = [one for one in await world.facts(payment) if isinstance(one, ReviewResolved)]
    assert fact.confirmed


@pytest.mark.parametrize("said", [{"reference": "ch_2"}, {"amount": 999}])
async def test_another_charge_than_the_gateways_is_no_confirmation(
    world: World, said: dict[str, Any]
) -> None:
    payment = await under_review(world)
    world.alpha.book(world.alpha.sent[0].key, Captured("ch_1", Money(1000, "EUR")))

    whole: dict[str, Any] = {"reference": "ch_1", "amount": 1000, **said}
    answer = await resolve(world, payment, "charged", **whole)

    assert (answer.status, body_of(answer)["code"]) == (409, "contradicted")


@pytest.mark.parametrize(
    ("found", "outcome", "said", "status"),
    [
        (Pending("ch_1"), "not_charged", {}, 409),
        (Pending("ch_1"), "charged", CHARGED, 200),
        (Unclear(reference="ch_1", what="amount_unreadable"), "not_charged", {}, 409),
        (Unclear(reference="ch_1", what="amount_unreadable"), "charged", CHARGED, 409),
        (
            Unclear(reference="ch_1", what="amount_unreadable"),
            "charged",
            {**CHARGED, "reference": "ch_1"},
            200,
        ),
        (Unclear(reference="?", what="reference_unreadable"), "charged", CHARGED, 200),
    ],
)
async def test_a_gateway_that_has_the_request_is_not_contradicted(
    world: World, found: Any, outcome: str, said: dict[str, Any], status: int
) -> None:
    payment = await under_review(world)
    world.alpha.book(world.alpha.sent[0].key, found)

    answer = await resolve(world, payment, outcome, **said)

    assert answer.status == status
    assert (await world.view(payment))["needs_review"] is (status == 409)


async def test_a_gateway_that_cannot_be_heard_is_waited_for(world: World) -> None:
    payment = await under_review(world)
    before = await world.facts(payment)
    world.alpha.is_deaf = True

    with pytest.raises(GatewayNotHeard):
        await resolve(world, payment, "not_charged")
    assert await world.facts(payment) == before
    world.alpha.is_deaf = False

    assert (await resolve(world, payment, "not_charged")).status == 200


@pytest.mark.parametrize("why", ["no look-up", "no entry"])
async def test_a_gateway_that_cannot_be_asked_is_not(
    world: World, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await under_review(world)
    if why == "no look-up":
        world.alpha.can(look_up=False)
    else:

        def gone(*_: str) -> None:
            raise UnknownGateway("alpha")

        monkeypatch.setattr(world.api.network, "recorded", gone)

    assert (await resolve(world, payment, "charged", **CHARGED)).status == 200


async def test_much_money_needs_a_second_operator_who_says_the_same(world: World) -> None:
    payment = await under_review(world, amount=MUCH)
    said: dict[str, Any] = {"reference": "ch_9", "amount": MUCH}

    first = await resolve(world, payment, "charged", **said)
    alone = await resolve(world, payment, "charged", key="o2", **said)
    other = await resolve(world, payment, "not_charged", operator="zoe")
    again = await resolve(world, payment, "charged", operator="anna", key="o3", **said)
    second = await resolve(world, payment, "charged", operator="zoe", key="z2", **said)

    assert [one.status for one in (first, alone, other, again, second)] == [202, 202, 202, 202, 200]
    facts = await world.facts(payment)
    assert len([one for one in facts if isinstance(one, ResolveProposed)]) == 4
    (fact,) = [one for one in facts if isinstance(one, ReviewResolved)]
    assert (fact.word.operator, fact.first) == ("zoe", "anna")
    assert (await world.view(payment))["status"] == "succeeded"


async def test_a_claim_of_much_more_than_was_asked_for_is_much_as_well(world: World) -> None:
    payment = await under_review(world)

    answer = await resolve(world, payment, "charged", reference="ch_9", amount=MUCH)

    assert answer.status == 202


async def test_two_operators_at_once_end_it_once(world: World) -> None:
    payment = await under_review(world)

    answers = await asyncio.gather(
        resolve(world, payment, "charged", **CHARGED),
        resolve(world, payment, "not_charged", operator="zoe", by=world.start("api-2")),
    )

    assert sorted(one.status for one in answers) == [200, 409]
    facts = await world.facts(payment)
    assert len([one for one in facts if isinstance(one, ReviewResolved)]) == 1
    assert len([one for one in facts if isinstance(one, ResolveRefused)]) == 1


async def test_a_notice_that_arrives_meanwhile_wins(world: World) -> None:
    payment = await under_review(world)
    key = world.alpha.sent[0].key
    world.alpha.look_up_takes_s = 5.0
    resolving = world.in_background(resolve(world, payment, "not_charged"))
    await world.passes(1.0)
    world.alpha.look_up_takes_s = 0.02  # booked after this operator's look-up began
    world.alpha.book(key, Captured("ch_1", Money(1000, "EUR")))
    await world.start("worker-1").core.carrying.look_now(payment)

    answer = await resolving

    assert (answer.status, body_of(answer)["code"]) == (409, "contradicted")
    assert (await world.view(payment))["status"] == "succeeded"


async def test_recovery_at_the_same_time_changes_nothing(world: World) -> None:
    payment = await under_review(world)
    worker = world.start("worker-1")

    answer, _ = await asyncio.gather(
        resolve(world, payment, "not_charged"), world.carry_on(payment, by=worker)
    )
    await world.recover(by=worker, for_s=4_000)

    assert answer.status == 200
    assert (await world.view(payment))["status"] == "failed"
    assert len(world.alpha.sent) == 1


async def test_a_repeat_gets_the_same_bytes_and_another_body_is_refused(world: World) -> None:
    payment = await under_review(world)
    first = await resolve(world, payment, "not_charged")
    await world.hot.aclose()

    again = await resolve(world, payment, "not_charged", by=world.start("api-2"))

    assert (again.status, again.body, again.replayed) == (200, first.body, True)
    with pytest.raises(KeyReused):
        await resolve(world, payment, "charged", **CHARGED)
    other = await resolve(world, payment, "not_charged", operator="zoe")  # a key of one's own
    assert (other.status, body_of(other)["code"]) == (409, "nothing_to_review")


async def test_when_not_charged_proves_wrong_the_charge_is_given_back(world: World) -> None:
    payment = await under_review(world)
    await resolve(world, payment, "not_charged")
    world.alpha.book(world.alpha.sent[0].key, Captured("ch_1", Money(1000, "EUR")))

    await world.api.core.carrying.look_now(payment)

    assert (await world.story(payment))[-3:] == [
        "LateSuccessObserved (look_up)",
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
    ]


async def test_a_canceled_payment_that_was_charged_is_given_back_at_once(world: World) -> None:
    payment = await under_review(world)
    await world.cancel(payment)

    answer = await resolve(world, payment, "charged", **CHARGED)

    assert answer.status == 200
    assert (await world.view(payment))["status"] == "canceled"
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]


async def test_words_that_end_nothing_are_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.payments.resolve.RESOLVES_PER_PAYMENT_MAX", 3)
    payment = await under_review(world)
    for number in range(3):
        await resolve(world, payment, "done", key=f"n{number}", reference="x", amount=1)
    before = await world.facts(payment)

    with pytest.raises(TooManyResolves):
        await resolve(world, payment, "done", key="n3", reference="x", amount=1)
    assert await world.facts(payment) == before
    assert (await resolve(world, payment, "not_charged")).status == 200


async def test_it_needs_a_format_that_knows_it(world: World) -> None:
    payment = await under_review(world)
    world.in_format(1)
    with pytest.raises(FormatTooLow):
        await resolve(world, payment, "not_charged")
