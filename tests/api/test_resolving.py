"""Reviews are ended over HTTP by operators, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from domain.gateway.answers import Unclear
from tests.api.shop import Shop

WORD: dict[str, Any] = {"reason": "seen there", "evidence": "ticket 7"}
CHARGED: dict[str, Any] = {**WORD, "outcome": "charged", "reference": "ch_1", "amount": 1999}
NOT_CHARGED: dict[str, Any] = {**WORD, "outcome": "not_charged"}


async def under_review(shop: Shop) -> str:
    """A charge that stands, of which its gateway does not say how much; and now says nothing."""
    shop.stage.says = Unclear(reference="ch_1", what="amount_unreadable")
    payment = await shop.create("unclear")
    path = f"/v1/payments/{payment['id']}"
    assert (await shop.get(path)).json()["needs_review"]
    return path


async def resolve(shop: Shop, path: str, body: Any, *, key: str = "o1", who: str = "anna") -> Any:
    return await shop.post(f"{path}/resolve", body, key=key, merchant=who)


async def test_an_operator_ends_a_review(shop: Shop) -> None:
    path = await under_review(shop)

    answer = await resolve(shop, path, CHARGED)

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    seen = (await shop.get(path)).json()
    assert (seen["status"], seen["needs_review"]) == ("succeeded", False)
    timeline = (await shop.get(f"{path}/timeline")).json()["data"]
    assert timeline[-1]["actor"] == "operator:anna"
    for said in ("anna", "seen there", "ticket 7"):
        assert said in timeline[-1]["summary"]


async def test_it_is_ended_once_and_a_repeat_gets_the_same_bytes(shop: Shop) -> None:
    path = await under_review(shop)
    first = await resolve(shop, path, CHARGED)

    again = await resolve(shop, path, CHARGED)
    other_body = await resolve(shop, path, NOT_CHARGED)
    of_another = await resolve(shop, path, CHARGED, who="zoe")

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert other_body.json()["code"] == "idempotency_key_reused"
    assert (of_another.status_code, of_another.json()["code"]) == (409, "nothing_to_review")


async def test_no_merchant_ends_a_review_not_even_its_own(shop: Shop) -> None:
    path = await under_review(shop)
    before = await shop.log()

    for merchant in ("alma", "basil"):
        answer = await resolve(shop, path, CHARGED, who=merchant)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert await shop.log() == before


@pytest.mark.parametrize("command", ["", "/capture", "/cancel", "/refunds"])
async def test_no_operator_moves_money(shop: Shop, command: str) -> None:
    path = await under_review(shop)
    before = await shop.log()

    answer = await shop.post(
        path + command if command else "/v1/payments", {}, key="k9", merchant="anna"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert await shop.log() == before


async def test_an_operator_sees_the_payments_of_every_merchant(shop: Shop) -> None:
    made = {(await shop.create("one", merchant=who))["id"] for who in ("alma", "basil")}

    for payment in made:
        path = f"/v1/payments/{payment}"
        for of_it in ("", "/attempts", "/timeline", "/decision", "/refunds"):
            answer = await shop.get(path + of_it, merchant="anna")
            assert answer.status_code == 200, of_it
    newest = (await shop.get(path, merchant="anna")).headers["interlock-position"]
    listed = await shop.get("/v1/payments", merchant="anna", at_least=newest)
    assert {one["id"] for one in listed.json()["data"]} == made


async def test_an_older_version_of_the_api_knows_no_operators(shop: Shop) -> None:
    path = await under_review(shop)

    answer = await shop.post(
        f"{path}/resolve", CHARGED, key="o1", merchant="anna", version="2026-11-01"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_version")


async def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    for payment in ("pay_" + "0" * 32, "pay_1"):
        answer = await resolve(shop, f"/v1/payments/{payment}", CHARGED)
        assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")


async def test_a_card_number_in_an_operators_words_is_refused(shop: Shop) -> None:
    path = await under_review(shop)
    before = await shop.log()

    answer = await resolve(shop, path, {**CHARGED, "evidence": "card 4111 1111 1111 1111"})

    assert (answer.status_code, answer.json()["code"]) == (422, "card_number_refused")
    assert await shop.log() == before
