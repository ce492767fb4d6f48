"""Whether an answer belongs to its question. Pure.

Nothing proves "not charged" unless it is bound to the request that it speaks of: a proxy that gives
an earlier refusal once more would otherwise fail over a payment that was charged. What binds is
declared for each gateway (`bound_by`), because most gateways' errors name no key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from uuid import UUID

from adapters.gateways.shapes import Told, Unreadable

RETRY_AFTER_MAX_S: Final = 3_600
_SECONDS: Final = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer whose body was read whole."""

    status: int
    body: bytes
    alone: bool  # came over a connection that carried no other question, where that is what binds
    names: str | None = None  # the key in the header that the gateway is declared to echo it in
    retry_after: str | None = None
    at: datetime | None = None  # by the gateway's clock where it tells, else by ours


def must_name(told: Told, key: UUID) -> None:
    """Raises Unreadable unless the body names our key, once."""
    told.must_tell_once("key")
    if told["key"] != str(key):
        raise Unreadable("the answer is about another key")


def must_be_bound(reply: Reply, told: Told, key: UUID) -> None:
    """Raises Unreadable where another question's answer would look the same."""
    named = [one for one in (told["key"], reply.names) if one is not None]
    if any(one != str(key) for one in named):
        raise Unreadable("the answer is about another key")
    if not named and not reply.alone:
        raise Unreadable("a refusal that nothing binds to its question")


def retry_after_s(reply: Reply) -> float | None:
    """From seconds or from a date, bounded; None where it is neither."""
    header = reply.retry_after
    if header is None:
        return None
    if _SECONDS.fullmatch(header):
        return float(min(int(header), RETRY_AFTER_MAX_S))
    moment = _moment(header)
    if moment is None or reply.at is None:
        return None
    return min(max(0.0, (moment - reply.at).total_seconds()), float(RETRY_AFTER_MAX_S))


def clock_of(date: str | None, ours: datetime) -> datetime:
    """The moment of an answer, as its `Date` header has it, for a `Retry-After` is by that clock
    too; ours where it has none that can be read."""
    return (_moment(date) if date is not None else None) or ours


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
