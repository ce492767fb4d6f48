"""What the installation's format does not allow is refused before anything happens."""

from __future__ import annotations

import pytest

from domain.installation import formats
from domain.installation.formats import FIRST, NEWEST, FormatTooLow
from domain.log import BEFORE_FIRST
from tests.payments.remote import CHARGED_SILENTLY
from tests.payments.world import World


async def test_a_payment_that_the_format_does_not_allow_is_neither_written_nor_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = formats._WRITABLE[NEWEST]
    without = {name: version for name, version in allowed.items() if name != "AttemptStarted"}
    monkeypatch.setitem(formats._WRITABLE, NEWEST, without)

    with pytest.raises(FormatTooLow, match="AttemptStarted"):
        await world.create()
    assert await world.store.read_all(after=BEFORE_FIRST) == []
    assert world.alpha.moved == {}


async def test_before_the_format_is_raised_nobody_is_asked_and_still_nothing_is_sent(
    world: World,
) -> None:
    """What must be given back where no refunds are taken: older processes could not read that a
    person was asked."""
    world.in_format(FIRST)
    world.alpha.can(refunds=False)
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    await world.cancel(unknown.payment)
    await world.recover(for_s=3_600)
    assert (await world.story(unknown.payment))[-1] == "AttemptSucceeded (look_up)"

    world.in_force.adopt(NEWEST)
    await world.recover(for_s=3_600)
    story = await world.story(unknown.payment)
    assert story[-1] == "ReviewRequested: refunds_not_offered"
    assert [one.kind for one in world.alpha.sent] == ["charge"]
