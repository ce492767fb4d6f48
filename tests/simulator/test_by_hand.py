"""What is moved by hand shows in the charge's sums, in its bounds, and under no merchant's key."""

from __future__ import annotations

import pytest

from tests.simulator.caller import Answer, Caller

PATH = "/_control/stripe/by_hand"


async def by_hand(caller: Caller, charge: object, kind: str, amount: int | None = None) -> Answer:
    body = {"charge_id": charge, "kind": kind}
    return await caller.post(PATH, body if amount is None else {**body, "amount": amount})


async def test_a_hold_is_captured_voided_and_refunded_by_hand(caller: Caller) -> None:
    charge = (await caller.charge(capture=False, amount=10_000)).body["id"]
    for kind, amount in (("capture", 6_000), ("void", None), ("refund", 1_000)):
        assert (await by_hand(caller, charge, kind, amount)).status == 200

    found = (await caller.find()).body
    assert (found["captured"], found["voided"], found["refunded"]) == (6_000, 4_000, 1_000)
    (booked,) = await caller.books()
    keys = [one["key"] for one in booked["operations"]]
    assert all(key.startswith("by_hand_") for key in keys)
    assert len(set(keys)) == 3


async def test_the_bounds_hold_by_hand_too(caller: Caller) -> None:
    charge = (await caller.charge(amount=10_000)).body["id"]
    assert (await by_hand(caller, charge, "refund", 10_001)).body["code"] == "amount_too_large"
    assert (await by_hand(caller, charge, "capture")).body["code"] == "nothing_to_capture"
    assert (await by_hand(caller, "ch_none", "refund")).body["code"] == "no_such_charge"
    assert (await caller.find()).body["refunded"] == 0


@pytest.mark.parametrize(
    "body",
    [{}, {"charge_id": "c", "kind": "charge"}, {"charge_id": "c", "kind": "void", "amount": 0}],
)
async def test_what_is_no_movement_is_refused(caller: Caller, body: dict[str, object]) -> None:
    assert (await caller.post(PATH, body)).body["code"] == "malformed"
    assert (await caller.post("/_control/all/by_hand", body)).body["code"] == "malformed"
