"""What the installation's format does not allow is refused before anything happens."""

from __future__ import annotations

import pytest

from domain.installation import formats
from domain.installation.formats import NEWEST, FormatTooLow
from domain.log import BEFORE_FIRST
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
