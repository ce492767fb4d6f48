"""A payment whose stream lost its past behind our back ($maxAge, $maxCount, $tb, deleted): whoever
knows of it is told that its history is damaged, and nobody acts upon it."""

from __future__ import annotations

from typing import Any

import pytest

from application.ports.event_store import WrongRevision
from tests.api.shop import CREATE, Shop


async def created(shop: Shop) -> str:
    answer = await shop.post("/v1/payments", CREATE, key="k1")
    assert answer.status_code == 201
    at = answer.headers["Interlock-Position"]
    assert (await shop.get(f"/v1/payments?at_least={at}")).status_code == 200
    return str(answer.json()["id"])


def lose_the_past(shop: Shop, monkeypatch: pytest.MonkeyPatch, *, kept: int = 0) -> None:
    """Only the last `kept` events of a payment are left to read; appends still know them all."""
    read = shop.store.read_stream

    async def what_is_left(stream: str, **asked: Any) -> list[Any]:
        found = await read(stream, **asked)
        if not stream.startswith("payment-"):
            return found
        return found[len(found) - kept :]

    monkeypatch.setattr(shop.store, "read_stream", what_is_left)


@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("path", ["", "/attempts", "/decision", "/timeline", "/refunds"])
async def test_whoever_looks_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, path: str, kept: int
) -> None:
    payment = await created(shop)
    lose_the_past(shop, monkeypatch, kept=kept)
    answer = await shop.get(f"/v1/payments/{payment}{path}")
    assert (answer.status_code, answer.json()["code"]) == (503, "history_damaged")


@pytest.mark.parametrize("path", ["/capture", "/cancel", "/refunds"])
async def test_so_is_whoever_asks_for_money(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    payment = await created(shop)
    sent = len(shop.stage.sent)
    lose_the_past(shop, monkeypatch)
    answer = await shop.post(f"/v1/payments/{payment}{path}", {}, key="k2")
    assert (answer.status_code, answer.json()["code"]) == (503, "history_damaged")
    assert len(shop.stage.sent) == sent


async def test_and_whoever_repeats_the_create_whose_answer_is_forgotten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await created(shop)
    sent = len(shop.stage.sent)
    lose_the_past(shop, monkeypatch)

    async def conflict(stream: str, expected: int, *_: object, **__: object) -> None:
        raise WrongRevision(stream, expected, 3)

    monkeypatch.setattr(shop.store, "append", conflict)
    answer = await shop.post("/v1/payments", {**CREATE, "amount": 1}, key="k3")
    assert (answer.status_code, answer.json()["code"]) == (503, "history_damaged")
    assert len(shop.stage.sent) == sent


async def test_a_payment_that_nobody_knows_is_still_unknown(shop: Shop) -> None:
    answer = await shop.get(f"/v1/payments/pay_{'0' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")
