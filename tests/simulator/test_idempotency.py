"""Keys: the same charge for the same key, what ends a key, and what the switches turn off."""

import asyncio
from typing import Any

import pytest

from adapters.simulator import Simulator
from tests.simulator.caller import Caller, asked
from tests.simulator.conftest import Clock


async def test_the_same_key_gets_the_same_charge(caller: Caller) -> None:
    first = await caller.charge()
    again = await caller.charge()
    assert again.body == first.body
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(await caller.books()) == 1


async def test_every_answer_names_the_key_that_was_asked_for(caller: Caller) -> None:
    charged = await caller.charge("k1")
    refused = await caller.charge("k1", amount=10_001)
    found = await caller.get("/stripe/v1/charges", key="k1")
    absent = await caller.get("/stripe/v1/charges", key="k2")
    named = [one.headers["Idempotency-Key"] for one in (charged, refused, found, absent)]
    assert named == ["k1", "k1", "k1", "k2"]
    for key in ("", "k\n1", "k" * 256):  # what is no key is not put into a header
        answer = await caller.get("/stripe/v1/charges", key=key)
        assert "Idempotency-Key" not in answer.headers


async def test_a_declined_charge_stays_declined(caller: Caller) -> None:
    first = await caller.charge(method_token="tok_do_not_honor")
    assert (await caller.charge(method_token="tok_do_not_honor")).body == first.body


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 10_001},
        {"currency": "USD"},
        {"payment_id": "payment-2"},
        {"method_token": "tok_visa"},
        {"bank": None},
        {"capture": False},
    ],
)
async def test_the_same_key_with_another_body(caller: Caller, changed: dict[str, Any]) -> None:
    await caller.charge()
    answer = await caller.charge(**changed)
    assert (answer.status, answer.body["code"]) == (422, "key_reused")
    assert answer.body["charged"] is False


async def test_two_gateways_keep_their_own_keys(caller: Caller) -> None:
    await caller.charge(gateway="stripe")
    await caller.charge(gateway="sbi")
    assert [charge["gateway"] for charge in await caller.books()] == ["stripe", "sbi"]


async def test_many_at_once_with_one_key_charge_once(caller: Caller) -> None:
    await caller.control(latency_ms=5)
    answers = await asyncio.gather(*(caller.charge() for _ in range(20)))
    assert {answer.status for answer in answers} == {200, 409}
    assert len(await caller.books()) == 1


async def test_a_forgotten_key_charges_anew(caller: Caller, clock: Clock) -> None:
    first = await caller.charge()
    clock.now_s += 3_599
    assert (await caller.charge()).body == first.body
    clock.now_s += 1
    second = await caller.charge()
    assert second.body["id"] != first.body["id"]
    assert (await caller.find()).body["id"] == second.body["id"]
    assert len(await caller.books()) == 2


async def test_without_idempotent_keys_every_send_charges(caller: Caller) -> None:
    await caller.control(idempotent_keys=False)
    await caller.charge()
    await caller.charge()
    assert len(await caller.books()) == 2


async def test_a_canceled_key_can_never_be_charged(caller: Caller, clock: Clock) -> None:
    assert (await caller.cancel()).body == {"key": "k1", "status": "canceled", "charged": False}
    clock.now_s += 1_000_000
    for switch in (True, False):
        await caller.control(idempotent_keys=switch)
        answer = await caller.charge()
        assert (answer.status, answer.body["code"]) == (422, "key_canceled")
        assert answer.body["charged"] is False


async def test_cancelling_a_charged_key_tells_the_charge(caller: Caller, clock: Clock) -> None:
    charge = (await caller.charge(capture=False)).body
    assert (await caller.cancel()).body == {**charge, "charged": True}
    await caller.operate("void", charge["id"], "v1")
    assert (await caller.cancel()).body["charged"] is False
    clock.now_s += 1_000_000
    assert (await caller.charge(capture=False)).body["code"] == "key_canceled"


async def test_cancelling_what_is_pending_declines_it(caller: Caller) -> None:
    await caller.charge(method_token="tok_pending_captured")
    canceled = (await caller.cancel()).body
    assert (canceled["status"], canceled["code"]) == ("declined", "canceled")
    assert canceled["charged"] is False
    await caller.release()
    assert (await caller.find()).body["status"] == "declined"


async def test_switches_turn_look_up_and_cancel_off(caller: Caller) -> None:
    await caller.charge()
    await caller.control(look_up=False, cancel=False)
    for answer in (
        await caller.find(),
        await caller.find_operation("k1"),
        await caller.cancel("k2"),
    ):
        assert (answer.status, answer.body["code"]) == (501, "not_offered")
        assert answer.body["charged"] == "unknown"
    assert (await caller.charge("k2")).status == 200


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "idempotency_key_missing"), ("k2", "idempotency_key_mismatch")],
)
async def test_the_header_must_repeat_the_key(caller: Caller, key: str | None, code: str) -> None:
    answer = await caller.post("/stripe/v1/charges", asked("k1"), key=key)
    assert (answer.status, answer.body["code"]) == (400, code)
    assert answer.body["charged"] is False


async def test_a_quoted_header_means_the_same(caller: Caller) -> None:
    answer = await caller.post("/stripe/v1/charges", asked("k1"), key='"k1"')
    assert answer.body["key"] == "k1"


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": 1.5},
        {"amount": "5"},
        {"amount": True},
        {"amount": 2**53},
        {"currency": "inr"},
        {"currency": "RUPEE"},
        {"payment_id": ""},
        {"method_token": None},
        {"key": "k" * 256},
        {"key": "k\n"},
    ],
)
async def test_malformed_bodies_are_refused(caller: Caller, changed: dict[str, Any]) -> None:
    answer = await caller.post("/stripe/v1/charges", {**asked("k1"), **changed}, key="k1")
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert answer.body["charged"] is False
    assert await caller.books() == []


async def test_other_refusals(caller: Caller) -> None:
    huge = await caller.charge(note="x" * 70_000)
    assert (huge.status, huge.body["code"]) == (413, "too_large")
    assert (await caller.get("/stripe/v1/charges")).body["code"] == "malformed"
    assert (await caller.get("/nowhere/v1/charges", key="k")).body["code"] == "no_such_path"


async def test_any_currency_passes(simulator: Simulator, caller: Caller) -> None:
    for currency in ("JPY", "BHD", "USD"):
        answer = await caller.charge(f"key-{currency}", currency=currency, amount=1)
        assert (answer.body["currency"], answer.body["captured"]) == (currency, 1)
    sums = (await caller.get("/_books")).body["stripe"]["sums"]
    assert set(sums) == {"JPY", "BHD", "USD"}
    assert simulator.gateway_url("stripe").startswith("http://127.0.0.1:")
