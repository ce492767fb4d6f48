"""Metadata names the gateway that has to be heard next, so that the work list can share itself out
without reading a body."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import pytest

from domain.chain import decode_metadata
from tests.payments.remote import BUSY, CHARGED_SILENTLY, LOST, NO_FUNDS, OK, UNREACHABLE
from tests.payments.world import World

SAID: Final = b'"waits_for":"'


async def waits(world: World, payment: UUID) -> list[tuple[str, str | None]]:
    recorded = await world.store.read_stream(f"payment-{payment}")
    return [(one.type, decode_metadata(one.metadata).waits_for) for one in recorded]


async def test_an_open_try_waits_for_its_gateway(world: World) -> None:
    world.given(alpha=[LOST])
    unknown = await world.create()

    told = await waits(world, unknown.payment)

    assert told[-1] == ("OutcomeUnknown", "alpha")
    assert {gateway for _, gateway in told} == {"alpha"}


async def test_after_a_failover_it_waits_for_the_one_that_was_asked_last(world: World) -> None:
    world.given(alpha=[UNREACHABLE, UNREACHABLE, UNREACHABLE], beta=[CHARGED_SILENTLY])
    unknown = await world.create()

    assert (await waits(world, unknown.payment))[-1] == ("OutcomeUnknown", "beta")


async def test_what_needs_nobody_waits_for_nobody_and_nothing_is_written(world: World) -> None:
    paid = await world.create()
    world.given(alpha=[NO_FUNDS])
    declined = await world.create("k2")

    for answer in (paid, declined):
        last = (await world.store.read_stream(f"payment-{answer.payment}"))[-1]
        assert decode_metadata(last.metadata).waits_for is None
        assert SAID not in last.metadata


async def test_what_is_held_waits_for_whoever_holds_it(world: World) -> None:
    held = await world.create(manual=True)

    assert (await waits(world, held.payment))[-1] == ("AttemptSucceeded", "alpha")


@pytest.mark.parametrize("script", [[LOST], [BUSY, BUSY, BUSY]], ids=["unknown", "between tries"])
async def test_a_refund_waits_for_the_gateway_of_its_charge(
    world: World, script: list[object]
) -> None:
    """Also between its tries, where there is no open one and no owner."""
    paid = await world.create()
    world.given(alpha=script)  # type: ignore[arg-type]
    await world.refund(paid.payment)

    assert (await waits(world, paid.payment))[-1][1] == "alpha"


async def test_a_charge_that_nobody_wants_waits_for_where_it_stands(world: World) -> None:
    world.alpha.can(refunds=False)
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    await world.cancel(unknown.payment)
    world.given(alpha=[OK])

    told = await waits(world, unknown.payment)

    assert told[-1][1] == "alpha"
