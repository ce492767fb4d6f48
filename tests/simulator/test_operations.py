"""Captures, voids and refunds: bounds, repeats, and the magic of their charge."""

from typing import Any

import pytest

from tests.simulator.caller import Caller, NoAnswer
from tests.simulator.conftest import Clock


async def authorized(caller: Caller, **changed: Any) -> str:
    answer = await caller.charge(capture=False, **changed)
    assert answer.body["status"] == "authorized"
    return str(answer.body["id"])


async def captured(caller: Caller, **changed: Any) -> str:
    answer = await caller.charge(**changed)
    assert answer.body["status"] == "captured"
    return str(answer.body["id"])


async def test_partial_captures_and_a_void_of_the_remainder(caller: Caller) -> None:
    charge = await authorized(caller)
    for key, amount in (("c1", 3_000), ("c2", 4_000)):
        answer = await caller.operate("capture", charge, key, amount)
        assert (answer.status, answer.body["status"]) == (200, "succeeded")
        assert (answer.body["amount"], answer.body["charge_id"]) == (amount, charge)
    too_much = await caller.operate("capture", charge, "c3", 3_001)
    assert (too_much.status, too_much.body["code"]) == (422, "amount_too_large")
    assert too_much.body["charged"] is False
    voided = await caller.operate("void", charge, "v1")
    assert (voided.body["type"], voided.body["amount"]) == ("void", 3_000)
    nothing = await caller.operate("capture", charge, "c4", 1)
    assert nothing.body["code"] == "nothing_to_capture"
    found = (await caller.find()).body
    assert (found["captured"], found["voided"], found["status"]) == (7_000, 3_000, "authorized")


async def test_partial_refunds_up_to_what_was_captured(caller: Caller) -> None:
    charge = await captured(caller)
    assert (await caller.operate("refunds", charge, "r1", 6_000)).body["status"] == "succeeded"
    over = await caller.operate("refunds", charge, "r2", 4_001)
    assert (over.status, over.body["code"]) == (422, "amount_too_large")
    assert (await caller.operate("refunds", charge, "r3")).body["amount"] == 4_000
    assert (await caller.operate("refunds", charge, "r4")).body["code"] == "nothing_to_refund"


async def test_nothing_to_void_of_a_captured_charge(caller: Caller) -> None:
    answer = await caller.operate("void", await captured(caller), "v1")
    assert (answer.status, answer.body["code"]) == (422, "nothing_to_void")


async def test_a_refund_needs_a_capture(caller: Caller) -> None:
    answer = await caller.operate("refunds", await authorized(caller), "r1", 1)
    assert answer.body["code"] == "nothing_to_refund"


@pytest.mark.parametrize(
    ("token", "code"),
    [("tok_do_not_honor", "charge_declined"), ("tok_pending_captured", "charge_pending")],
)
async def test_no_operation_on_a_charge_that_is_not_approved(
    caller: Caller, token: str, code: str
) -> None:
    charge = (await caller.charge(method_token=token)).body["id"]
    for path in ("capture", "void", "refunds"):
        answer = await caller.operate(path, charge, f"key-{path}", 1)
        assert (answer.status, answer.body["code"]) == (422, code)


async def test_an_unknown_charge(caller: Caller) -> None:
    answer = await caller.operate("capture", "ch_stripe_00000099", "c1", 1)
    assert (answer.status, answer.body["code"]) == (404, "no_such_charge")


async def test_a_repeat_gets_the_same_operation_and_moves_nothing(caller: Caller) -> None:
    charge = await captured(caller)
    first = await caller.operate("refunds", charge, "r1", 6_000)
    again = await caller.operate("refunds", charge, "r1", 6_000)
    assert again.body == first.body == (await caller.find_operation("r1")).body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await caller.find()).body["refunded"] == 6_000


async def test_an_operation_key_is_bound_to_its_body_kind_and_charge(caller: Caller) -> None:
    charge = await captured(caller)
    other = await captured(caller, key="k2")
    await caller.operate("refunds", charge, "r1", 6_000)
    for path, target, amount in (
        ("refunds", charge, 1),
        ("void", charge, 6_000),
        ("refunds", other, 6_000),
    ):
        answer = await caller.operate(path, target, "r1", amount)
        assert (answer.status, answer.body["code"]) == (422, "key_reused")
    assert (await caller.operate("refunds", charge, "k1", 1)).body["code"] == "key_reused"
    assert (await caller.charge("r1")).body["code"] == "key_reused"


@pytest.mark.parametrize(
    ("path", "token", "sums"),
    [
        ("refunds", "tok_refund_lost", {"refunded": 10_000}),
        ("capture", "tok_capture_lost", {"captured": 10_000}),
        ("void", "tok_void_lost", {"voided": 10_000}),
    ],
)
async def test_a_lost_answer_of_an_operation_is_found_by_its_key(
    caller: Caller, path: str, token: str, sums: dict[str, int]
) -> None:
    charge = (await caller.charge(method_token=token, capture=path == "refunds")).body["id"]
    with pytest.raises(NoAnswer):
        await caller.operate(path, charge, "o1")
    found = await caller.find_operation("o1")
    assert (found.status, found.body["status"]) == (200, "succeeded")
    assert (await caller.operate(path, charge, "o1")).body == found.body
    assert sums.items() <= (await caller.find()).body.items()


async def test_a_refused_capture_moves_nothing(caller: Caller) -> None:
    charge = await authorized(caller, method_token="tok_capture_refused")
    answer = await caller.operate("capture", charge, "c1")
    assert (answer.status, answer.body["code"]) == (422, "capture_refused")
    assert answer.body["charged"] is False
    missing = await caller.find_operation("c1")
    assert (missing.status, missing.body["charged"]) == (404, "unknown")


async def test_a_declined_refund_moves_nothing(caller: Caller) -> None:
    charge = await captured(caller, method_token="tok_refund_declined")
    answer = await caller.operate("refunds", charge, "r1")
    assert (answer.status, answer.body["status"]) == (200, "declined")
    assert answer.body["code"] == "do_not_honor"
    assert (await caller.find()).body["refunded"] == 0


@pytest.mark.parametrize(
    ("token", "final", "refunded"),
    [
        ("tok_refund_pending", "succeeded", 10_000),
        ("tok_refund_pending_declined", "declined", 0),
    ],
)
async def test_a_pending_refund_counts_until_it_is_declined(
    caller: Caller, token: str, final: str, refunded: int
) -> None:
    charge = await captured(caller, method_token=token)
    assert (await caller.operate("refunds", charge, "r1")).body["status"] == "pending"
    assert (await caller.operate("refunds", charge, "r2", 1)).body["code"] == "nothing_to_refund"
    await caller.release()
    assert (await caller.find_operation("r1")).body["status"] == final
    assert (await caller.find()).body["refunded"] == refunded


async def test_a_hold_that_is_too_old_is_neither_captured_nor_voided(
    caller: Caller, clock: Clock
) -> None:
    charge = await authorized(caller)
    clock.now_s += 7 * 86_400
    for verb in ("capture", "void"):
        answer = await caller.operate(verb, charge, f"{verb}-1")
        assert (answer.status, answer.body["code"]) == (422, "authorization_expired")
        assert answer.body["charged"] is False
