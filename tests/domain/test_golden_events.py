"""A recorded shape is never edited: the golden file of each event type and version keeps it.

`python -m tests.domain.test_golden_events` writes files that are missing, and never touches one
that is there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from domain.event_types import UnknownEvent
from tests.domain.samples import CODEC_OF, NEWEST_OF, ROOMS, SAMPLES

FOLDER: Final = Path(__file__).parents[1] / "golden" / "events"


def golden(name: str, version: int) -> Path:
    return FOLDER / f"{name}.v{version}.json"


VERSIONS: Final = [
    (name, version) for name, newest in NEWEST_OF.items() for version in range(1, newest + 1)
]


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_version_ever_recorded_is_still_read(name: str, version: int) -> None:
    recorded = golden(name, version).read_bytes()

    fact = CODEC_OF[name].decode(name, version, recorded)

    assert type(fact).__name__ == name
    assert CODEC_OF[name].encode(fact)[:2] == (name, NEWEST_OF[name])


@pytest.mark.parametrize("name", NEWEST_OF)
def test_the_newest_version_is_written_as_its_golden_file_says(name: str) -> None:
    recorded = json.loads(golden(name, NEWEST_OF[name]).read_bytes())

    fact = CODEC_OF[name].decode(name, NEWEST_OF[name], json.dumps(recorded).encode())

    assert fact == SAMPLES[name]
    assert json.loads(CODEC_OF[name].encode(fact)[2]) == recorded


def test_every_golden_file_belongs_to_a_known_event() -> None:
    assert {one.name for one in FOLDER.iterdir()} == {golden(*one).name for one in VERSIONS}


@pytest.mark.parametrize("version", [1, 2])
def test_an_event_or_a_version_without_its_file_would_be_noticed(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 1 as of a new event, version 2 as of one that is there."""
    for one in FOLDER.iterdir():
        if version == 2 or one.name != golden("PaymentExpired", 1).name:
            (tmp_path / one.name).write_bytes(one.read_bytes())
    monkeypatch.setitem(NEWEST_OF, "PaymentExpired", version)
    monkeypatch.setattr(sys.modules[__name__], "FOLDER", tmp_path)

    with pytest.raises(FileNotFoundError):
        test_every_version_ever_recorded_is_still_read("PaymentExpired", version)
    with pytest.raises(FileNotFoundError):
        test_the_newest_version_is_written_as_its_golden_file_says("PaymentExpired")


def test_names_are_unique_over_all_streams() -> None:
    assert len(CODEC_OF) == sum(len(known.types) for _, known, _ in ROOMS) == len(SAMPLES)


@pytest.mark.parametrize(
    ("name", "version"), [("PaymentInitiated", 99), ("PaymentInitiated", 0), ("PaymentForgot", 1)]
)
def test_what_is_not_known_is_not_guessed(name: str, version: int) -> None:
    with pytest.raises(UnknownEvent):
        CODEC_OF["PaymentInitiated"].decode(name, version, b"{}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", {"amount": -1, "currency": "EUR"}),
        ("amount", {"amount": 1, "currency": "XXY"}),
        ("amount", {"amount": 1.5, "currency": "EUR"}),
        ("capture_method", "sometimes"),
        ("payment", "no id"),
        ("at", "yesterday"),
    ],
)
def test_a_body_that_is_not_of_its_shape_is_refused(field: str, value: Any) -> None:
    body = json.loads(golden("PaymentInitiated", 1).read_bytes())

    with pytest.raises(ValueError, match=r"\$"):
        CODEC_OF["PaymentInitiated"].decode(
            "PaymentInitiated", 1, json.dumps({**body, field: value}).encode()
        )


def write_missing() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, fact in SAMPLES.items():
        target = golden(name, NEWEST_OF[name])
        if not target.exists():
            body = json.loads(CODEC_OF[name].encode(fact)[2])
            target.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write_missing()
