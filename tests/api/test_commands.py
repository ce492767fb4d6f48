"""Commands over HTTP: one key, one effect, one answer."""

from __future__ import annotations

import asyncio
from uuid import UUID

from api.http.schemas import Payment, Problem, Refund
from tests.api.shop import CREATE, Shop


async def test_a_payment_is_charged_and_said_where_it_is(shop: Shop) -> None:
    answer = await shop.post("/v1/payments", CREATE, key="k1")

    assert answer.status_code == 201
    payment = Payment.model_validate(answer.json())
    assert (payment.status, payment.amount_captured) == ("succeeded", 1999)
    assert answer.headers["location"] == f"/v1/payments/{payment.id}"
    assert answer.headers["content-type"] == "application/json"
    assert "interlock-position" in answer.headers
    assert "idempotent-replayed" not in answer.headers


async def test_a_repeat_gets_the_same_bytes_and_charges_nothing(shop: Shop) -> None:
    first = await shop.post("/v1/payments", CREATE, key="k1")
    facts = await shop.log()
    again = await shop.post("/v1/payments", CREATE, key="k1")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["interlock-position"] == first.headers["interlock-position"]
    assert await shop.log() == facts
    assert len(shop.stage.sent) == 1


async def test_a_repeat_gets_the_same_bytes_when_the_cache_is_lost(shop: Shop) -> None:
    first = await shop.post("/v1/payments", CREATE, key="k1")
    await shop.hot.aclose()
    again = await shop.post("/v1/payments", CREATE, key="k1")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert len(shop.stage.sent) == 1


async def test_a_quoted_key_is_the_same_key(shop: Shop) -> None:
    bare = await shop.post("/v1/payments", CREATE, key='a "b" \\c')
    quoted = await shop.post("/v1/payments", CREATE, key=r'"a \"b\" \\c"')

    assert bare.content == quoted.content
    assert quoted.headers["idempotent-replayed"] == "true"


async def test_members_in_another_order_are_the_same_body(shop: Shop) -> None:
    first = await shop.post("/v1/payments", CREATE, key="k1")
    again = await shop.post("/v1/payments", dict(reversed(list(CREATE.items()))), key="k1")

    assert again.content == first.content


async def test_another_body_under_the_same_key_is_refused(shop: Shop) -> None:
    await shop.post("/v1/payments", CREATE, key="k1")
    other = await shop.post("/v1/payments", {**CREATE, "amount": 2000}, key="k1")

    assert other.status_code == 422
    assert Problem.model_validate(other.json()).code == "idempotency_key_reused"
    assert other.headers["content-type"] == "application/problem+json"


async def test_the_same_key_of_another_merchant_is_another_key(shop: Shop) -> None:
    ours = await shop.create("k1", merchant="alma")
    theirs = await shop.create("k1", merchant="basil")

    assert ours["id"] != theirs["id"]


async def test_a_key_that_looks_like_a_card_number_is_hashed(shop: Shop) -> None:
    first = await shop.post("/v1/payments", CREATE, key="4111 1111 1111 1111")
    again = await shop.post("/v1/payments", CREATE, key="4111 1111 1111 1111")

    assert (first.status_code, again.content) == (201, first.content)
    assert not [one for one in await shop.log() if b"4111 1111" in one.data + one.metadata]


async def test_twins_are_charged_once_and_answered_the_same(shop: Shop) -> None:
    shop.stage.hold()
    twins = [asyncio.create_task(shop.post("/v1/payments", CREATE, key="k1")) for _ in range(5)]
    await shop.stage.asked.wait()
    shop.stage.release()
    answers = await asyncio.gather(*twins)

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert sorted("idempotent-replayed" in one.headers for one in answers) == [False] + [True] * 4
    assert len(shop.stage.sent) == 1


async def test_a_decline_is_a_402_with_the_payers_advice(shop: Shop) -> None:
    body = {**CREATE, "payment_method": {"type": "card", "token": "tok_insufficient_funds"}}
    answer = await shop.post("/v1/payments", body, key="k1")

    problem = Problem.model_validate(answer.json())
    assert (answer.status_code, problem.code) == (402, "declined")
    assert problem.decline is not None
    assert (problem.decline.code, problem.decline.network_code) == ("insufficient_funds", "51")
    assert (await shop.get(f"/v1/payments/{problem.payment}")).json()["status"] == "failed"


async def test_silence_is_a_202_and_stays_one_on_repeats(shop: Shop) -> None:
    shop.stage.is_silent = True
    answer = await shop.post("/v1/payments", CREATE, key="k1")
    again = await shop.post("/v1/payments", CREATE, key="k1")

    payment = Payment.model_validate(answer.json())
    assert (answer.status_code, payment.status) == (202, "pending_verification")
    assert int(answer.headers["retry-after"]) > 0
    assert (again.status_code, again.content) == (202, answer.content)
    assert len(shop.stage.sent) == 1


async def test_capture_and_cancel_without_a_body(shop: Shop) -> None:
    held = await shop.create("k1", capture_method="manual")
    other = await shop.create("k2", capture_method="manual")
    headers = shop.headers("k3")
    captured = await shop.client.post(f"/v1/payments/{held['id']}/capture", headers=headers)
    canceled = await shop.client.post(f"/v1/payments/{other['id']}/cancel", headers=headers)

    assert held["status"] == other["status"] == "requires_capture"
    assert (captured.status_code, captured.json()["status"]) == (200, "succeeded")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")


async def test_one_key_on_two_payments_is_two_commands(shop: Shop) -> None:
    payments = [await shop.create(key) for key in ("k1", "k2")]
    answers = [
        await shop.post(f"/v1/payments/{one['id']}/refunds", {"amount": 100}, key="same")
        for one in payments
    ]

    assert [one.status_code for one in answers] == [201, 201]
    assert len({one.json()["id"] for one in answers}) == 2


async def test_a_refund_beyond_the_capture_is_refused_on_record(shop: Shop) -> None:
    payment = await shop.create("k1")
    path = f"/v1/payments/{payment['id']}/refunds"
    part = await shop.post(path, {"amount": 1500, "reason": "returned"}, key="r1")
    beyond = await shop.post(path, {"amount": 500}, key="r2")
    again = await shop.post(path, {"amount": 500}, key="r2")

    assert part.status_code == 201
    assert Refund.model_validate(part.json()).amount == 1500
    problem = Problem.model_validate(beyond.json())
    assert (beyond.status_code, problem.code) == (409, "refund_exceeds_captured")
    assert (again.status_code, again.content) == (409, beyond.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert [one.type for one in await shop.log()].count("CommandRefused") == 1


async def test_no_command_touches_another_merchants_payment(shop: Shop) -> None:
    payment = await shop.create("k1", merchant="alma", capture_method="manual")
    facts = await shop.log()
    answers = [
        await shop.post(f"/v1/payments/{payment['id']}/{name}", key="k2", merchant="basil")
        for name in ("capture", "cancel", "refunds")
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {
        (404, "payment_not_found")
    }
    assert await shop.log() == facts


async def test_the_answers_body_names_no_position_and_no_request(shop: Shop) -> None:
    answer = await shop.post("/v1/payments", CREATE, key="k1")

    assert answer.headers["request-id"].encode() not in answer.content
    assert not {"request_id", "position"} & answer.json().keys()


async def test_the_first_facts_name_merchant_and_command(shop: Shop) -> None:
    payment = await shop.create("k1")
    stream = f"payment-{UUID(payment['id'].removeprefix('pay_'))}"
    facts = await shop.store.read_stream(stream)

    assert [one.type for one in facts[:3]] == [
        "PaymentInitiated",
        "RouteDecided",
        "AttemptStarted",
    ]
    assert all(b'"merchant":"alma"' in one.metadata for one in facts)
