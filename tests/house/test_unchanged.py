"""What `scripts/unchanged` calls a difference is one, and names where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.house import unchanged


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, []),
        ({"/v1/x": {"a": 1}}, {"/v1/x": {"a": 2}}, ["/~1v1~1x/a: 1 -> 2"]),
        ({"a": None}, {}, ["/a: null -> nothing"]),
        ({}, {"a": [1]}, ["/a: nothing -> [1]"]),
        ({"a": [1]}, {"a": [1, 2]}, ["/a: [1] -> [1, 2]"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["/a/0: 1 -> 2", "/a/1: 2 -> 1"]),
    ],
)
def test_every_difference_is_named(before: Any, after: Any, found: list[str]) -> None:
    assert list(unchanged.differences(before, after)) == found


def test_another_digest_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {Path("/old"): "1", unchanged.ROOT: "2"}
    monkeypatch.setattr(unchanged, "digest_of_histories", lambda tree, _: told[tree])

    assert unchanged.history_differences(Path("/old"), 7) == ["histories: 1 before"]
    told[Path("/old")] = "2"
    assert unchanged.history_differences(Path("/old"), 7) == []


def test_a_golden_file_that_changed_or_went_is_a_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "M\ttests/golden/a.json\nA\ttests/golden/b.json\nD\ttests/golden/c.json\n"
    monkeypatch.setattr(unchanged, "_output", lambda *command, **_: said)

    assert unchanged.golden_differences("HEAD") == [
        "tests/golden/a.json (M)", "tests/golden/c.json (D)",
    ]  # fmt: skip


def test_a_document_that_is_written_in_another_way_is_a_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = {Path("/old"): '{"a":1}', unchanged.ROOT: '{"a": 1}'}
    monkeypatch.setattr(unchanged, "_output", lambda *_, tree: texts[tree])

    assert len(unchanged.document_differences(Path("/old"))) == 1
    texts[Path("/old")] = '{"a": 1}'
    assert unchanged.document_differences(Path("/old")) == []
