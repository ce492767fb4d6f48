"""What a run says of tests that cannot run on this machine, and that CI does not let it pass."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.support import needs
from tests.support.peers import ROOT

MARKERS: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"][
    "ini_options"
]["markers"]
FILES: Final = ("tests/peers/test_metrics.py", "tests/peers/test_packages.py")
SAID: Final = "not run: needs_promtool, 2 tests (apt-get install prometheus)"


@pytest.mark.parametrize("marker", sorted(needs.NEEDS))
def test_a_need_is_registered_and_some_test_has_it(marker: str) -> None:
    assert any(one.startswith(f"{marker}: ") for one in MARKERS)
    files = (ROOT / "tests").rglob("test_*.py")
    assert any(f"pytest.mark.{marker}" in one.read_text() for one in files)


def test_no_other_need_is_registered() -> None:
    registered = {one.partition(":")[0] for one in MARKERS if one.startswith("needs_")}
    assert registered == needs.NEEDS.keys()


def test_what_did_not_run_is_counted_by_marker() -> None:
    assert needs.lines(Counter()) == []
    assert needs.lines(Counter(needs_promtool=2, needs_chromium=1)) == [
        "not run: needs_chromium, 1 test (apt-get install chromium)",
        SAID,
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("more", "status"), [(["-n", "0"], 0), (["-n", "1", "--everything"], 1)])
def test_without_promtool_the_rest_runs_and_the_end_says_so(
    more: list[str], status: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, *FILES, "-k", "object or npm", *more],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert SAID in ended.stdout.splitlines(), ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
    assert ended.returncode == status
