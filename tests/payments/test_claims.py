"""What a gateway claims in a signed notice is held against the record: looked up where it may
differ, and where nothing can be looked up, settled by a notice that names all that decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.notices.receive import Received
from domain.gateway.answers import Authorized, Captured, Done, NotProcessed, Sums, Undone
from domain.gateway.claims import Claim
from domain.installation.formats import FIRST
from domain.money import Money
from tests.payments.remote import CHARGED_SILENTLY, LOST, OK, says
from tests.payments.world import World, body_of

TEN = Money(1000, "EUR")


def sums(authorized: int = 1000, captured: int = 0, refunded: int = 0) -> Sums:
    return Sums(authorized=authorized, captured=captured, refunded=refunded, currency="EUR")


async def told(world: World, payment: UUID, claim: Claim) -> bool:
    received = Received(
        gateway="alpha", payment=payment, money_under=None, is_repeat=False, claim=claim
    )
    return await world.api.core.hints.follow(received)


def by_hand(what: str, amount: int | None = None, **more: Any) -> Claim:
    return Claim(
        **{
            "key": None, "kind": what, "status": "succeeded", "reference": f"{what}_by_hand",
            "charge": "ch_1", "amount": None if amount is None else Money(amount, "EUR"),
            "account": "acct_alpha", **more,
        }
    )  # fmt: skip


async def test_a_refund_in_the_gateway_s_dashboard_is_seen_and_counts(world: World) -> None:
    paid = await world.create()
    key = world.alpha.sent[0].key
    world.alpha.books[key] = Captured("ch_0", TEN, sums(captured=1000, refunded=400))
    assert await told(world, paid.payment, by_hand("refund"))

    view = await world.view(paid.payment)
    assert (view["amount_refunded"], len(view["movements"])) == (400, 1)
    assert (await world.refund(paid.payment, 601)).status == 409
    assert await told(world, paid.payment, by_hand("refund"))
    assert len((await world.view(paid.payment))["movements"]) == 1


async def test_a_hold_that_is_captured_at_the_gateway_later_is_captured(world: World) -> None:
    held = await world.create(manual=True)
    key = world.alpha.sent[0].key
    world.alpha.books[key] = Captured("ch_0", TEN)
    claim = Claim(key=key, kind="charge", status="captured")
    assert (await world.view(held.payment))["status"] == "requires_capture"
    assert await told(world, held.payment, claim)

    assert (await world.view(held.payment))["status"] == "succeeded"
    looks = len(world.alpha.heard_of("look_up"))
    assert await told(world, held.payment, claim)  # as known by now
    assert len(world.alpha.heard_of("look_up")) == looks


async def test_a_hold_that_is_released_at_the_gateway_ends_the_payment(world: World) -> None:
    held = await world.create(manual=True)
    key = world.alpha.sent[0].key
    world.alpha.books[key] = Authorized("ch_0", TEN, sums(authorized=0))

    assert await told(world, held.payment, by_hand("void"))
    assert (await world.view(held.payment))["status"] == "canceled"


async def test_a_claim_that_tells_nothing_new_costs_no_look_up(world: World) -> None:
    paid = await world.create()
    key = world.alpha.sent[0].key
    for status in ("captured", "authorized", "pending"):
        assert await told(world, paid.payment, Claim(key=key, kind="charge", status=status))
    assert world.alpha.heard_of("look_up") == []

    assert await told(world, paid.payment, Claim(key=key, kind="charge", status="declined"))
    assert len(world.alpha.heard_of("look_up")) == 1
    assert (await world.view(paid.payment))["status"] == "succeeded"


async def test_a_refund_that_came_back_is_learned_from_its_notice(world: World) -> None:
    paid = await world.create()
    await world.refund(paid.payment, 400)
    key = world.alpha.sent[1].key
    world.alpha.books[key] = Undone("re_1", Money(400, "EUR"))
    assert await told(world, paid.payment, Claim(key=key, kind="refund", status="reversed"))

    view = await world.view(paid.payment)
    assert (view["amount_refunded"], view["needs_review"]) == (0, True)
    assert (await world.refund(paid.payment, 1000, key="r2")).status == 201


async def test_what_an_open_refund_of_ours_may_hide_is_told_again(world: World) -> None:
    paid = await world.create()
    key = world.alpha.sent[0].key
    world.given(alpha=[LOST])
    await world.refund(paid.payment, 500)
    world.alpha.books[key] = Captured("ch_0", TEN, sums(captured=1000, refunded=500))
    assert not await told(world, paid.payment, by_hand("refund"))

    world.alpha.books[world.alpha.sent[1].key] = Done("re_1", Money(500, "EUR"))
    world.alpha.books[key] = Captured("ch_0", TEN, sums(captured=1000, refunded=1000))
    assert await told(world, paid.payment, by_hand("refund"))
    assert (await world.view(paid.payment))["amount_refunded"] == 1000


async def test_a_gateway_that_is_deaf_must_tell_again(world: World) -> None:
    paid = await world.create()
    world.alpha.is_deaf = True
    assert not await told(world, paid.payment, by_hand("refund"))


async def test_while_the_format_is_lower_nothing_of_it_is_written(world: World) -> None:
    world.in_format(FIRST)
    paid = await world.create()
    key = world.alpha.sent[0].key
    world.alpha.books[key] = Captured("ch_0", TEN, sums(captured=1000, refunded=400))
    before = await world.story(paid.payment)

    assert await told(world, paid.payment, by_hand("refund"))
    assert await world.story(paid.payment) == before


async def test_canceled_meanwhile_what_was_captured_is_refunded(world: World) -> None:
    """Its charge is found authorized, voids are refused, for somebody had captured it."""
    world.given(alpha=[LOST])
    unknown = await world.create(manual=True)
    key = world.alpha.sent[0].key
    await world.cancel(unknown.payment)
    world.alpha.books[key] = Authorized("ch_0", TEN)
    refused = NotProcessed(code="charge_captured", transient=False)
    world.given(alpha=[says(refused)] * 9)
    await world.recover(for_s=60)
    voids = [one.kind for one in world.alpha.sent[1:]]
    assert set(voids) == {"void"}
    world.given(alpha=[OK])
    world.alpha.books[key] = Captured("ch_0", TEN, sums(captured=1000))
    await world.recover(for_s=3600)

    assert [one.kind for one in world.alpha.sent] == ["charge", *voids, "refund"]
    assert (await world.view(unknown.payment))["status"] == "canceled"
    story = await world.story(unknown.payment)
    assert any("ForeignMovementObserved" in line for line in story)


@pytest.fixture
def unlooked(world: World) -> World:
    world.alpha.can(look_up=False, cancel_by_key=False, key_lifetime_s=0.0)
    return world


def complete(key: UUID, **more: Any) -> Claim:
    return Claim(
        **{
            "key": key, "kind": "charge", "status": "captured", "reference": "ch_9",
            "charge": "ch_9", "amount": TEN, "account": "acct_alpha", **more,
        }
    )  # fmt: skip


async def test_a_complete_notice_settles_where_nothing_can_be_looked_up(unlooked: World) -> None:
    unlooked.given(alpha=[CHARGED_SILENTLY])
    paid = await unlooked.create()
    assert body_of(paid)["status"] == "pending_verification"
    account = unlooked.api.network.get("alpha").account
    claim = complete(unlooked.alpha.sent[0].key, account=account)
    for part in ("amount", "reference", "account", "kind"):
        assert await told(unlooked, paid.payment, replace(claim, **{part: None}))
    assert (await unlooked.view(paid.payment))["status"] == "pending_verification"

    assert await told(unlooked, paid.payment, claim)
    assert (await unlooked.view(paid.payment))["status"] == "succeeded"
    assert "notice" in "".join(await unlooked.story(paid.payment))


@pytest.mark.parametrize("status", ["declined", "failed", "canceled"])
async def test_no_notice_takes_a_charge_for_not_charged(unlooked: World, status: str) -> None:
    unlooked.given(alpha=[CHARGED_SILENTLY])
    paid = await unlooked.create()
    account = unlooked.api.network.get("alpha").account
    claim = complete(unlooked.alpha.sent[0].key, account=account, status=status)

    assert await told(unlooked, paid.payment, claim)
    assert (await unlooked.view(paid.payment))["status"] == "pending_verification"


async def test_a_notice_with_a_key_that_can_be_looked_up_settles_nothing(world: World) -> None:
    world.given(alpha=[LOST])
    paid = await world.create()
    account = world.api.network.get("alpha").account
    claim = complete(world.alpha.sent[0].key, account=account)

    assert await told(world, paid.payment, claim)
    assert (await world.view(paid.payment))["status"] == "pending_verification"


async def test_a_movement_by_hand_is_taken_from_its_notice_once(unlooked: World) -> None:
    paid = await unlooked.create()
    account = unlooked.api.network.get("alpha").account
    for amount, reference in ((300, "re_1"), (300, "re_1"), (200, "re_2")):
        claim = by_hand("refund", amount, reference=reference, account=account)
        assert await told(unlooked, paid.payment, claim)
    assert await told(unlooked, paid.payment, by_hand("refund", 1, charge="ch_7", account=account))
    assert await told(unlooked, paid.payment, by_hand("refund", 1, account="acct_other"))

    view = await unlooked.view(paid.payment)
    assert [one["reference"] for one in view["movements"]] == ["re_1", "re_2"]
    assert view["amount_refunded"] == 500


async def test_a_refund_s_notice_settles_it_either_way(unlooked: World) -> None:
    paid = await unlooked.create()
    account = unlooked.api.network.get("alpha").account
    unlooked.given(alpha=[CHARGED_SILENTLY, CHARGED_SILENTLY])
    for number, (status, shown) in enumerate((("succeeded", "succeeded"), ("declined", "failed"))):
        await unlooked.refund(paid.payment, 100, key=f"r{number}")
        claim = complete(
            unlooked.alpha.sent[-1].key, kind="refund", status=status, account=account,
            amount=Money(100, "EUR"), reference=f"re_{number}",
        )  # fmt: skip
        assert await told(unlooked, paid.payment, claim)
        await unlooked.recover(for_s=60)
        assert (await unlooked.view(paid.payment))["refunds"][-1]["status"] == shown


async def test_a_claim_of_more_than_was_asked_for_is_not_taken(unlooked: World) -> None:
    paid = await unlooked.create()
    account = unlooked.api.network.get("alpha").account
    unlooked.given(alpha=[CHARGED_SILENTLY])
    await unlooked.refund(paid.payment, 100)
    claim = complete(unlooked.alpha.sent[-1].key, kind="refund", status="succeeded",
                     account=account, reference="re_1")  # fmt: skip
    before = await unlooked.story(paid.payment)
    assert await told(unlooked, paid.payment, claim)
    assert await unlooked.story(paid.payment) == before
