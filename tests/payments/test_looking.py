"""A payment as it is and as it was: at a revision, at a moment, and never another merchant's."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from application.payments.answers import Answer
from application.payments.log import UnknownPayment
from application.payments.looking import Looking, NotYet
from domain.payment.view import payment_view
from tests.payments.remote import NETWORK_S
from tests.payments.world import World

TICK = timedelta(microseconds=1)


async def captured_later(world: World) -> Answer:
    """Four facts, the last of them heard after NETWORK_S; ten seconds later the capture's two."""
    held = await world.create(manual=True)
    await world.until(world.moment(10))
    await world.capture(held.payment, 300)
    return held


def looking(world: World) -> Looking:
    return world.api.core.looking


async def test_now_it_is_as_its_stream_tells(world: World) -> None:
    held = await captured_later(world)

    found = await looking(world).now("alma", held.payment)

    assert payment_view(found.payment) == await world.view(held.payment)
    assert (found.id, found.revision) == (held.payment, 5)


async def test_a_revision_shows_what_was_known_then(world: World) -> None:
    held = await captured_later(world)
    facts = await world.facts(held.payment)
    now = await looking(world).now("alma", held.payment)

    for revision, status in enumerate(
        [
            "processing",
            "processing",
            "processing",
            "requires_capture",
            "requires_capture",
            "partially_captured",
        ]
    ):
        found = await looking(world).at_revision("alma", held.payment, revision)

        assert payment_view(found.payment)["status"] == status
        assert (found.revision, list(found.events)) == (revision, facts[: revision + 1])
        assert (found.position, found.last_id) == (now.position, now.last_id)


async def test_a_revision_that_is_not_there_yet(world: World) -> None:
    held = await captured_later(world)

    with pytest.raises(NotYet, match="revision 6"):
        await looking(world).at_revision("alma", held.payment, 6)


@pytest.mark.parametrize(
    ("after", "revision"),
    [
        (timedelta(), 2),
        (timedelta(seconds=NETWORK_S) - TICK, 2),
        (timedelta(seconds=NETWORK_S), 3),
        (timedelta(seconds=10) - TICK, 3),
        (timedelta(seconds=10), 4),
        (timedelta(seconds=10 + NETWORK_S), 5),
        (timedelta(days=365), 5),
    ],
)
async def test_a_moment_shows_all_that_was_known_by_then(
    world: World, after: timedelta, revision: int
) -> None:
    held = await captured_later(world)

    found = await looking(world).at_time("alma", held.payment, world.moment(0) + after)

    assert (found.revision, len(found.events)) == (revision, revision + 1)


async def test_before_its_first_fact_it_was_not_there(world: World) -> None:
    held = await captured_later(world)

    with pytest.raises(NotYet):
        await looking(world).at_time("alma", held.payment, world.moment(0) - TICK)


async def test_another_merchants_payment_and_none_look_the_same(world: World) -> None:
    held = await captured_later(world)
    there, nowhere = looking(world), UUID(int=7)

    for merchant, payment in (("basil", held.payment), ("alma", nowhere)):
        for asked in (
            there.now(merchant, payment),
            there.at_revision(merchant, payment, 0),
            there.at_time(merchant, payment, world.moment(20)),
        ):
            with pytest.raises(UnknownPayment, match=str(payment)):
                await asked
