"""`interlock review` speaks to the API as an operator, and says in one line what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.cli import app
from api.cli.reviews import KEY_VARIABLE, resolved, tries, waiting
from api.cli.support import Refused
from domain.gateway.answers import Unclear
from tests.api.shop import Shop, open_shop

WORD: dict[str, Any] = {"reason": "seen there", "evidence": "ticket 7"}
CHARGED: dict[str, Any] = {**WORD, "outcome": "charged", "reference": "ch_1", "amount": 1999}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with open_shop() as opened:
        yield opened


def as_operator(shop: Shop) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=shop.app),
        base_url="http://interlock",
        headers={"Authorization": f"Bearer {shop.tokens['anna']}"},
    )


async def test_what_waits_is_listed_shown_and_ended(shop: Shop) -> None:
    fine = await shop.create("fine")
    shop.stage.says = Unclear(reference="ch_1", what="amount_unreadable")
    unclear = await shop.create("unclear", merchant="basil")
    newest = (await shop.get(f"/v1/payments/{unclear['id']}", merchant="anna")).headers
    at_least = newest["interlock-position"]
    await shop.get("/v1/payments", merchant="anna", at_least=at_least)  # the rows show as much
    async with as_operator(shop) as client:
        (waits,) = (await waiting(client, 20))["data"]
        (attempt,) = await tries(client, waits["id"])
        status, after = await resolved(
            client, waits["id"], {**CHARGED, "attempt": attempt["id"]}, key="k"
        )

    assert (waits["id"], attempt["needs_review"]) == (unclear["id"], "amount_unreadable")
    assert (status, after["status"], after["needs_review"]) == (200, "succeeded", False)
    calm = (await shop.get("/v1/payments", needs_review="false")).json()["data"]
    assert fine["id"] in [one["id"] for one in calm]


async def test_what_the_api_refuses_is_one_line(shop: Shop) -> None:
    payment = (await shop.create("fine"))["id"]
    async with as_operator(shop) as client:
        with pytest.raises(Refused, match=r"^nothing_to_review: .*waits for a person"):
            await resolved(client, payment, {**WORD, "outcome": "acknowledged"}, key="k1")
        with pytest.raises(Refused, match=r"^validation_failed: .*; /amount "):
            await resolved(client, payment, {**CHARGED, "amount": -1}, key="k2")


@pytest.mark.parametrize("key", [None, "ik_alma_0", "io_anna_0"])
def test_without_an_operators_key_or_an_api_it_is_bad_input(
    key: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    if key is not None:
        monkeypatch.setenv(KEY_VARIABLE, key)
    monkeypatch.setattr("sys.argv", ["interlock", "review", "list", "--url", "http://127.0.0.1:1"])

    assert app.main() == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert ("does not answer" if key == "io_anna_0" else KEY_VARIABLE) in said
