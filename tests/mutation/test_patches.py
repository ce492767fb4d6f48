"""Mutants made by hand: what a patch file must say, and what is told of one that is seen, one that
survives, and one that does not apply any more."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.mutation import patches as hand
from tests.mutation.patches import ROOT, BadPatch, Patch, applied, patches, read_patch, tried

LEAST: Final = 100
TARGET: Final = "domain/card_numbers.py"


def written(folder: Path, text: str) -> Path:
    path = folder / "one.patch"
    path.write_text(text)
    return path


def made(folder: Path, before: str, after: str, tests: str) -> Patch:
    head = f"What: something\nTests: {tests}\n--- a/{TARGET}\n+++ b/{TARGET}\n"
    return read_patch(written(folder, f"{head}@@ -1 +1 @@\n-{before}\n+{after}\n"))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of one line, as original and as copy, and tests that see one value of it."""
    for place in ("original", "copy"):
        (tmp_path / place / "domain").mkdir(parents=True)
        (tmp_path / place / TARGET).write_text("VALUE = 1\n")
        for name, seen in (("tests", "True"), ("strict", "one.VALUE == 1")):
            (tmp_path / place / name).mkdir()
            test = f"import domain.card_numbers as one\ndef test_it(): assert {seen}\n"
            (tmp_path / place / name / "test_it.py").write_text(test)
    (tmp_path / "copy" / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = "--import-mode=importlib"\n'
        'markers = ["slow"]\n'
    )
    monkeypatch.setattr(hand, "ROOT", tmp_path / "original")
    return tmp_path / "copy"


def test_there_are_enough_of_them_and_each_says_what_it_must() -> None:
    found = patches()
    assert len(found) >= LEAST
    for one in found:
        assert [test for test in one.tests if not (ROOT / test).exists()] == []
        assert [file for file in one.files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize(
    "text",
    [
        "What: x\n--- a/domain/a.py\n+++ b/domain/a.py\n",
        "What: x\nTests: tests\n",
        "What: x\nTests: tests\n--- a/tests/a.py\n+++ b/tests/a.py\n",
    ],
)
def test_a_patch_that_says_too_little_or_changes_a_test_is_refused(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(BadPatch):
        read_patch(written(tmp_path, text))


@pytest.mark.slow
def test_one_that_a_test_notices_is_seen_by_it(tree: Path, tmp_path: Path) -> None:
    verdict = tried(made(tmp_path, "VALUE = 1", "VALUE = 2", "strict"), tree)
    assert verdict.seen_by == "FAILED strict/test_it.py::test_it"
    assert (tree / TARGET).read_text() == "VALUE = 1\n"


@pytest.mark.slow
def test_one_that_nothing_notices_survives(tree: Path, tmp_path: Path) -> None:
    assert tried(made(tmp_path, "VALUE = 1", "VALUE = 2", "tests"), tree).seen_by is None


def test_one_that_does_not_apply_any_more_is_stale(tree: Path, tmp_path: Path) -> None:
    patch = made(tmp_path, "VALUE = 9", "VALUE = 2", "tests")
    with pytest.raises(BadPatch, match="does not apply"), applied(patch, tree):
        pass
    assert (tree / TARGET).read_text() == "VALUE = 1\n"
