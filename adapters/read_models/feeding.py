"""Keeps in a worker those versions of the read models fed that somebody reads, brings the newest up
to the one that is read, and drops what nobody reads any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from adapters.cancellation import heed_cancellation
from adapters.outage import Outage
from adapters.read_models.progress import GetsOn, unheard
from projections.failures import Interrupted
from projections.ports import Log, Versions
from projections.versions import HeldBack, NotCaughtUp, fed_by, schema_name

LOOK_EVERY_S: Final = 0.5
MINUTE_LOOKS: Final = 120  # what need not be done or said more often
STOPPED_S_MAX: Final = 5.0

_log = logging.getLogger(__name__)

Feed = Callable[[int], Awaitable[None]]  # of one version, until it is cancelled


async def keep_fed(
    versions: Versions,
    log: Log,
    feed: Feed,
    *,
    look_every_s: float = LOOK_EVERY_S,
    gets_on: GetsOn = unheard,
) -> None:
    """Until it is cancelled. The own version is fed whether or not the others are known."""
    fed = {versions.own: _start(feed, versions.own)}
    looks, outage = 0, Outage(_log, "the versions of the read models")
    try:
        while True:
            heed_cancellation()
            await asyncio.sleep(look_every_s)
            try:
                await _feed_those_read(versions, feed, fed)
                await _catch_up(versions, log, says_why_not=looks % MINUTE_LOOKS == 0)
                if looks % MINUTE_LOOKS == 0:
                    await _drop(versions)
            except Interrupted as interrupted:
                outage.failed(interrupted)
            else:
                outage.works()
            looks += 1
            gets_on()
    finally:
        await _stop(fed)


async def _feed_those_read(
    versions: Versions, feed: Feed, fed: dict[int, asyncio.Task[None]]
) -> None:
    wanted = fed_by(versions.own, await versions.known())
    await _stop({number: fed.pop(number) for number in set(fed) - wanted})
    for number in wanted:
        if number not in fed or fed[number].done():
            fed[number] = _start(feed, number)


async def _catch_up(versions: Versions, log: Log, *, says_why_not: bool) -> None:
    try:
        switched = await versions.catch_up(log)
    except NotCaughtUp as reason:
        if says_why_not:
            level = logging.ERROR if isinstance(reason, HeldBack) else logging.INFO
            _log.log(level, "the read models are not switched yet: %s", reason)
        return
    if switched is not None:
        before, after = schema_name(switched.before), schema_name(switched.after)
        _log.info("the read models are switched: %s is read now, no longer %s", after, before)


async def _drop(versions: Versions) -> None:
    for number in await versions.drop_unused():
        _log.info("nobody reads %s any more: it is dropped", schema_name(number))


def _start(feed: Feed, number: int) -> asyncio.Task[None]:
    return asyncio.create_task(_feed(feed, number), name=f"feed {schema_name(number)}")


async def _feed(feed: Feed, number: int) -> None:
    try:
        await feed(number)
    except Exception:  # begun again at the next look
        _log.exception("%s is not fed", schema_name(number))


async def _stop(tasks: Mapping[int, asyncio.Task[None]]) -> None:
    for task in tasks.values():
        task.cancel()
    if tasks:
        await asyncio.wait(tasks.values(), timeout=STOPPED_S_MAX)
