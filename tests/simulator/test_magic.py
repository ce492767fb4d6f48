"""What each magic token and amount does to a charge, as told to the caller and in the books."""

import asyncio
from functools import partial
from json import JSONDecodeError

import pytest

from adapters.simulator import Simulator
from adapters.simulator.magic import MAGIC, magic_for
from tests.simulator.caller import Answer, Caller, NoAnswer, eventually


@pytest.mark.parametrize(
    ("ending", "token", "network"),
    [
        (902, "tok_insufficient_funds", "51"),
        (903, "tok_expired_card", "54"),
        (904, "tok_do_not_honor", "05"),
    ],
)
async def test_declines_name_their_reason(
    caller: Caller, ending: int, token: str, network: str
) -> None:
    by_token = await caller.charge("k1", method_token=token)
    by_amount = await caller.charge("k2", method_token="tok_visa", amount=50_000 + ending)
    for answer in (by_token, by_amount):
        assert answer.status == 200
        assert answer.body["status"] == "declined"
        assert answer.body["code"] == token.removeprefix("tok_")
        assert answer.body["network_code"] == network
        assert answer.body["message"]
        assert answer.body["captured"] == 0


@pytest.mark.parametrize(("capture", "status"), [(True, "captured"), (False, "authorized")])
async def test_sure_success(caller: Caller, capture: bool, status: str) -> None:
    answer = await caller.charge(capture=capture)
    assert (answer.status, answer.body["status"]) == (200, status)
    assert answer.body["amount"] == 10_000
    assert answer.body["captured"] == (10_000 if capture else 0)


async def test_not_processed_is_a_definite_no_on_every_send(caller: Caller) -> None:
    for _ in range(2):
        answer = await caller.charge(method_token="tok_not_processed")
        assert (answer.status, answer.body["charged"]) == (503, False)
    assert await caller.books() == []


async def test_an_error_after_charging(caller: Caller) -> None:
    answer = await caller.charge(method_token="tok_error_charged")
    assert (answer.status, answer.body["charged"]) == (500, "unknown")
    assert (await caller.find()).body["status"] == "captured"


async def test_an_error_before_charging_and_the_repeat_that_charges(caller: Caller) -> None:
    answer = await caller.charge(method_token="tok_error_not_charged")
    assert (answer.status, answer.body["charged"]) == (500, "unknown")
    assert (await caller.find()).status == 404
    assert (await caller.charge(method_token="tok_error_not_charged")).body["status"] == "captured"


async def test_a_lost_answer_of_a_charge(caller: Caller) -> None:
    with pytest.raises(NoAnswer):
        await caller.charge(method_token="tok_lost_charged")
    repeat = await caller.charge(method_token="tok_lost_charged")
    assert repeat.body == (await caller.find()).body
    assert repeat.body["status"] == "captured"
    assert len(await caller.books()) == 1


async def test_a_lost_answer_of_nothing(caller: Caller) -> None:
    with pytest.raises(NoAnswer):
        await caller.charge(method_token="tok_lost_not_charged")
    assert (await caller.find()).status == 404
    await caller.charge(method_token="tok_lost_not_charged")
    assert len(await caller.books()) == 1


async def sent(simulator: Simulator, caller: Caller, token: str) -> "asyncio.Task[Answer]":
    """A charge on its way, held back by the gateway."""
    charge = asyncio.create_task(caller.charge(method_token=token))
    await eventually(lambda: simulator.desks["stripe"].holds.held == 1)
    return charge


async def test_late_and_charged(simulator: Simulator, caller: Caller) -> None:
    charge = await sent(simulator, caller, "tok_late_charged")
    assert (await caller.find()).body["status"] == "captured"
    assert not charge.done()
    assert (await caller.release()).body == [{"gateway": "stripe", "settled": 0, "released": 1}]
    assert (await charge).body["status"] == "captured"


async def test_late_and_not_charged(simulator: Simulator, caller: Caller) -> None:
    charge = await sent(simulator, caller, "tok_late_not_charged")
    await caller.release()
    assert ((await charge).status, (await charge).body["charged"]) == (503, False)
    assert (await caller.find()).status == 404


async def test_booked_late_is_absent_until_then(simulator: Simulator, caller: Caller) -> None:
    charge = await sent(simulator, caller, "tok_late_booked")
    missing = await caller.find()
    assert (missing.status, missing.body["charged"]) == (404, "unknown")
    repeat = await caller.charge(method_token="tok_late_booked")
    assert (repeat.status, repeat.body["code"]) == (409, "in_progress")
    assert repeat.body["charged"] == "unknown"
    await caller.release()
    assert (await charge).body["status"] == "captured"
    assert (await caller.find()).body == (await charge).body


async def test_who_leaves_is_charged_all_the_same(simulator: Simulator, caller: Caller) -> None:
    charge = await sent(simulator, caller, "tok_late_booked")
    charge.cancel()
    await asyncio.gather(charge, return_exceptions=True)
    await caller.release()
    books = simulator.desks["stripe"].books
    await eventually(lambda: books.newest_charge("k1") is not None)
    assert (await caller.charge(method_token="tok_late_booked")).body["status"] == "captured"
    assert len(await caller.books()) == 1


async def test_a_cancellation_overtakes_a_charge_in_flight(
    simulator: Simulator, caller: Caller
) -> None:
    charge = await sent(simulator, caller, "tok_late_booked")
    canceled = await caller.cancel()
    assert canceled.body == {"key": "k1", "status": "canceled", "charged": False}
    await caller.release()
    assert ((await charge).status, (await charge).body["code"]) == (422, "key_canceled")
    assert await caller.books() == []


async def test_an_unreadable_answer(caller: Caller) -> None:
    with pytest.raises(JSONDecodeError):
        await caller.charge(method_token="tok_unreadable")
    assert (await caller.find()).body["status"] == "captured"


@pytest.mark.parametrize(
    ("token", "capture", "final"),
    [
        ("tok_pending_captured", True, "captured"),
        ("tok_pending_captured", False, "authorized"),
        ("tok_pending_declined", True, "declined"),
    ],
)
async def test_pending_becomes_final(caller: Caller, token: str, capture: bool, final: str) -> None:
    pending = await caller.charge(method_token=token, capture=capture)
    assert (pending.body["status"], pending.body["captured"]) == ("pending", 0)
    await caller.release()
    found = await caller.find()
    assert found.body["status"] == final
    assert found.body["code"] == ("do_not_honor" if final == "declined" else None)


async def test_the_amount_may_differ_from_what_was_asked(caller: Caller) -> None:
    answer = await caller.charge(method_token="tok_amount_differs")
    assert (answer.body["amount"], answer.body["captured"]) == (10_100, 10_100)
    assert (await caller.charge(method_token="tok_amount_differs")).body == answer.body


async def test_throttled_once_per_payment(caller: Caller) -> None:
    answer = await caller.charge("k1", method_token="tok_throttled")
    assert (answer.status, answer.body["charged"]) == (429, False)
    assert answer.headers["Retry-After"] == "1"
    assert (await caller.charge("k2", method_token="tok_throttled")).body["status"] == "captured"


async def test_a_token_may_be_magic_at_one_gateway_only(caller: Caller) -> None:
    token = "tok_not_processed@stripe+sbi"
    assert (await caller.charge("k1", method_token=token)).status == 503
    assert (await caller.charge("k1", gateway="sbi", method_token=token)).status == 503
    elsewhere = await caller.charge("k1", gateway="razorpay", method_token=token)
    assert elsewhere.body["status"] == "captured"


def test_magic_amounts_can_be_turned_off() -> None:
    for magic in MAGIC:
        amount = 5_000 + magic.ending
        ordinary = partial(magic_for, gateway="stripe", token="tok_visa", amount=amount)
        assert ordinary(amounts=True) is magic
        assert ordinary(amounts=False) is None
        assert magic_for(gateway="stripe", token=magic.token, amount=5, amounts=False) is magic


async def test_a_method_that_the_gateway_does_not_take(caller: Caller) -> None:
    answer = await caller.charge(method="upi")
    assert (answer.status, answer.body["code"]) == (422, "method_not_supported")
    assert answer.body["charged"] is False
