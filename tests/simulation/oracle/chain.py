"""The hash chain of every stream, from docs/hash-chain.md."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.records import Event
from tests.simulation.oracle.verdicts import Findings

FIRST = "0" * 64


def check(case: Case, findings: Findings) -> None:
    for stream, events in case.streams.items():
        previous = FIRST
        for event in events:
            if event.meta.get("previous") != previous:
                detail = f"{stream}: revision {event.revision} does not name the one before"
                findings.broken("chain_verifies", detail)
                break
            previous = digest(event)


def _canonical(text: str) -> str:
    return text if "-" in text and text.islower() else str(UUID(text))


def digest(event: Event) -> str:
    data, metadata = event.raw
    parts = (
        event.stream.encode(),
        b"%d" % event.revision,
        _canonical(event.id).encode(),
        event.type.encode(),
        data.encode(),
        metadata.encode(),
    )
    return sha256(b"".join(len(one).to_bytes(8, "big") + one for one in parts)).hexdigest()
