"""Whether a version of the read models may take the place of another one. Asks the log, for what
the positions alone do not tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.log import BEFORE_FIRST, Position
from projections.failures import LogUnavailable
from projections.ports import Log
from projections.versions import has_caught_up


async def shows_all(
    new: Mapping[str, Position],
    old: Mapping[str, Position],
    projections: Collection[str],
    log: Log,
) -> bool:
    """As `has_caught_up`, and also where nothing of interest lies between: a store tells one reader
    earlier than another that it has looked at what both ignore. Raises LogUnavailable."""
    if has_caught_up(new, old, projections):
        return True
    slowest = min((new.get(one, BEFORE_FIRST) for one in projections), default=BEFORE_FIRST)
    try:
        following = await log.read_all(after=slowest, limit=1)
    except Exception as failure:
        raise LogUnavailable(f"the log could not be read: {failure}") from failure
    return not following or following[0].position > max(old.values(), default=BEFORE_FIRST)
