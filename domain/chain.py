"""Event metadata, and the hash chain in it: each event names the digest of the one before it.

A verifier needs only an exported stream (docs/hash-chain.md says how a digest is made).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.log import NewEvent, RecordedEvent

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

FIRST: Final = "0" * 64  # what the first event of a stream names as its predecessor


class BrokenChain(Exception):
    """A stream whose events do not name their predecessors: something was changed or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """`recover_after`: when any worker may take the stream up, None when it needs nobody.
    `waits_for`: the gateway that has to be heard then, where there is one."""

    correlation: UUID  # the command that led here
    causation: UUID  # the event or command before
    actor: str
    version: int  # of the event's schema
    merchant: str
    owner: str | None
    recover_after: datetime | None
    previous: str  # digest of the event before, hex
    waits_for: str | None = None

    def encode(self) -> bytes:
        due = self.recover_after.isoformat() if self.recover_after else None
        fields: dict[str, Any] = {
            "$correlationId": str(self.correlation),
            "$causationId": str(self.causation),
            "actor": self.actor,
            "version": self.version,
            "merchant": self.merchant,
            "owner": self.owner,
            "recover_after": due,
            "previous": self.previous,
        }
        if self.waits_for is not None:
            fields["waits_for"] = self.waits_for
        return _to_json(fields).encode()


def decode_metadata(metadata: bytes) -> Metadata:
    """Raises ValueError for metadata that is not of this shape."""
    try:
        fields = json.loads(metadata)
        due = fields["recover_after"]
        found = Metadata(
            correlation=UUID(fields["$correlationId"]),
            causation=UUID(fields["$causationId"]),
            actor=fields["actor"],
            version=fields["version"],
            merchant=fields["merchant"],
            owner=fields["owner"],
            recover_after=None if due is None else datetime.fromisoformat(due),
            previous=fields["previous"],
            waits_for=fields.get("waits_for"),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise ValueError(f"no event metadata: {wrong!r}") from wrong
    _check(found)
    return found


def _check(found: Metadata) -> None:
    perhaps = [one for one in (found.owner, found.waits_for) if one is not None]
    texts = (found.actor, found.merchant, found.previous, *perhaps)
    if not all(type(one) is str for one in texts) or type(found.version) is not int:
        raise ValueError("no event metadata: a field is of another kind")
    "".join(texts).encode()  # half a surrogate pair is a ValueError, too
    if found.recover_after is not None and found.recover_after.tzinfo is None:
        raise ValueError("no event metadata: a time without its offset")


def digest(event: NewEvent | RecordedEvent, *, stream: str, revision: int) -> str:
    """SHA-256, hex, over stream, revision, id, type, data and metadata, each behind its length
    as eight bytes, so that no two events give the same bytes."""
    hashed = hashlib.sha256()
    parts = (
        stream.encode(),
        str(revision).encode(),
        str(event.id).encode(),
        event.type.encode(),
        event.data,
        event.metadata,
    )
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big"))
        hashed.update(part)
    return hashed.hexdigest()


def verify(events: Iterable[RecordedEvent]) -> str:
    """The digest of a whole stream's last event, FIRST for none. Raises BrokenChain."""
    last, stream = FIRST, None
    for expected, event in enumerate(events):
        stream = stream or event.stream
        if event.stream != stream:
            raise BrokenChain(f"{stream}: revision {expected} is of {event.stream}")
        if event.revision != expected:
            raise BrokenChain(f"{stream}: revision {expected} is missing")
        if _previous(event) != last:
            raise BrokenChain(f"{stream}: revision {expected} does not follow the one before")
        last = digest(event, stream=stream, revision=expected)
    return last


def _previous(event: RecordedEvent) -> str | None:
    try:
        return decode_metadata(event.metadata).previous
    except ValueError:
        return None
