"""Metadata of events: written so that a person can read it, read back, or refused as ValueError."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from domain.chain import FIRST, Metadata, decode_metadata

METADATA: Final = {
    "$correlationId": "0f3c1a3e-5c54-5a9c-8f0e-1d0f5d2a7c11",
    "$causationId": "6b1f6a1e-3c54-5a9c-8f0e-1d0f5d2a7c11",
    "actor": "merchant:alma",
    "version": 1,
    "merchant": "alma",
    "owner": "worker-1",
    "recover_after": "2026-03-01T12:01:00+00:00",
    "previous": "0" * 64,
}
# Changes that once were taken, or ended in anything but ValueError.
KEPT_METADATA: Final[tuple[dict[str, Any], ...]] = (
    {"version": float("inf")},
    {"version": True},
    {"version": "1"},
    {"version": 1.5},
    {"merchant": None},
    {"merchant": ["alma"]},
    {"actor": {}},
    {"owner": 7},
    {"owner": 0},
    {"owner": "\ud800"},
    {"merchant": "\udfff"},
    {"previous": None},
    {"recover_after": "2026-03-01T12:01:00"},
    {"recover_after": 7},
    {"recover_after": 0},
    {"recover_after": ""},
)


@pytest.mark.parametrize("changed", KEPT_METADATA, ids=str)
def test_metadata_that_was_once_taken_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        decode_metadata(json.dumps({**METADATA, **changed}).encode())


@pytest.mark.parametrize(
    "metadata", [b"[" * 100_000, b"", b"null", b"[]", b"\xff", b'{"version":1}']
)
def test_what_is_no_metadata_at_all(metadata: bytes) -> None:
    with pytest.raises(ValueError):
        decode_metadata(metadata)


def test_what_is_right_is_read() -> None:
    found = decode_metadata(json.dumps(METADATA).encode())

    assert found == Metadata(
        correlation=UUID("0f3c1a3e-5c54-5a9c-8f0e-1d0f5d2a7c11"),
        causation=UUID("6b1f6a1e-3c54-5a9c-8f0e-1d0f5d2a7c11"),
        actor="merchant:alma",
        version=1,
        merchant="alma",
        owner="worker-1",
        recover_after=datetime(2026, 3, 1, 12, 1, tzinfo=UTC),
        previous=FIRST,
    )
    assert json.loads(found.encode()) == METADATA


def test_who_did_it_can_be_read_in_any_script() -> None:
    found = decode_metadata(json.dumps({**METADATA, "actor": "Zo\u00eb"}).encode())

    assert '"actor":"Zo\u00eb"'.encode() in found.encode()


def test_the_first_event_names_sixty_four_zeros() -> None:
    assert FIRST == "0000000000000000000000000000000000000000000000000000000000000000"
