"""A row that says something else belongs to another version of the read models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from projections.former import FORMER
from projections.versions import VERSION
from tests.projections.rows_of_version import file_of, read, rows_of, write

HOW = (
    "What a row says has changed: raise VERSION in projections/versions.py, then"
    " `python -m tests.projections.rows_of_version` (docs/read-models.md)."
)


def golden(number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file_of(number).read_text(encoding="utf-8"))
    return found


async def test_rows_say_what_their_version_says() -> None:
    assert file_of(VERSION).exists(), HOW
    told = golden(VERSION)
    assert len(told["rows"]["payment_status"]) > 1
    assert await rows_of(read(told["log"])) == told["rows"], HOW


async def test_an_older_version_says_what_it_said_where_that_is_stated() -> None:
    assert all(1 <= number < VERSION for number in FORMER)
    for number, tables in FORMER.items():
        told = golden(number)
        rows = await rows_of(read(told["log"]), number=number)
        for table in tables:
            assert rows[table] == told["rows"][table], f"FORMER[{number}][{table!r}]"


def test_a_version_is_written_once() -> None:
    with pytest.raises(FileExistsError):
        write()
