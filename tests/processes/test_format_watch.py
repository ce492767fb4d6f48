"""A running process takes a raised format over, and ends in order where it does not know it."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from api.processes.format_watch import heeding_format
from application.installation.in_force import FormatInForce
from application.installation.keeping import InstallationFormat
from application.ports.event_store import StoreUnavailable
from domain.installation.formats import FIRST, NEWEST, Format, FormatTooHigh


class Told:
    """What the log says at each look; the last for ever."""

    def __init__(self, *said: int | Exception) -> None:
        self.said = list(said)
        self.all_told = asyncio.Event()

    async def read(self) -> int:
        said = self.said[0]
        if len(self.said) > 1:
            self.said.pop(0)
        else:
            self.all_told.set()
        if isinstance(said, Exception):
            raise said
        return said


def kept(told: Told) -> InstallationFormat:
    return cast(InstallationFormat, told)


async def test_a_raised_format_is_taken_over_also_after_the_log_was_away() -> None:
    told = Told(FIRST, StoreUnavailable("down"), ValueError("not legible"), NEWEST, NEWEST)
    in_force, stop = FormatInForce(Format(FIRST)), asyncio.Event()

    async with heeding_format(kept(told), in_force, stop, every_s=0.0):
        await told.all_told.wait()

    assert in_force.now == Format(NEWEST)
    assert not stop.is_set()


async def test_one_that_is_too_high_ends_the_process_behind_what_it_was_doing() -> None:
    in_force, stop = FormatInForce(), asyncio.Event()
    ended: list[str] = []

    async def serve() -> None:
        async with heeding_format(kept(Told(NEWEST + 1)), in_force, stop, every_s=0.0):
            await stop.wait()
            ended.append("in order")

    with pytest.raises(FormatTooHigh):
        await serve()
    assert ended == ["in order"]
    assert in_force.now == Format(NEWEST)


async def test_a_process_that_is_told_to_stop_does_not_wait_for_the_next_look() -> None:
    async with heeding_format(kept(Told(FIRST)), FormatInForce(), asyncio.Event(), every_s=3600.0):
        pass
