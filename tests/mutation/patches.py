"""`scripts/mutate --patches [PART]`: mutants made by hand, of order and scope, which no table of
tokens makes; a patch file each under tests/mutation/by_hand/.

A patch says in its head what it breaks and which tests reach its lines:

    What: the claim on a try ends when it is sent
    Tests: tests/payments tests/domain
    --- a/application/payments/asking.py
    +++ b/application/payments/asking.py
    ...

It is applied to a copy of the tree, whose fast tests then run: those that it names, and where they
see nothing all others. Status 1 where one survives, or does not apply any more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BY_HAND: Final = Path(__file__).with_name("by_hand")
PRODUCT: Final = ("domain", "application", "projections", "adapters", "api")
COPIED: Final = (*PRODUCT, "tests", "docs", "scripts", "pyproject.toml", "README.md")
TEST_S_MAX: Final = 900.0
OFFSET_LINES: Final = 2  # of context that may have changed since
EVERYTHING: Final = "tests"
SUMMARY: Final = "FAILED "


class BadPatch(ValueError):
    """A patch file that does not say what it must, or that does not apply."""


@dataclass(frozen=True, slots=True)
class Patch:
    name: str
    what: str
    tests: tuple[str, ...]
    files: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Verdict:
    """`seen_by`: the first test that failed; None: all passed."""

    patch: Patch
    seen_by: str | None
    seconds: float


def read_patch(path: Path) -> Patch:
    """Raises BadPatch."""
    lines = path.read_text().splitlines()
    head = dict(line.split(": ", 1) for line in lines[:4] if line.startswith(("What: ", "Tests: ")))
    files = tuple(line.removeprefix("+++ b/") for line in lines if line.startswith("+++ b/"))
    if set(head) != {"What", "Tests"} or not files:
        raise BadPatch(f"{path.name} must say What, Tests and what it changes")
    if any(one.split("/")[0] not in PRODUCT for one in files):
        raise BadPatch(f"{path.name} changes something else than the product")
    return Patch(path.stem, head["What"], tuple(head["Tests"].split()), files, path)


def patches(part: str = "") -> list[Patch]:
    """Raises BadPatch."""
    return [read_patch(one) for one in sorted(BY_HAND.glob("*.patch")) if part in one.name]


@contextmanager
def copied_tree() -> Iterator[Path]:
    """The tree as it stands, with the environment of the original."""
    with tempfile.TemporaryDirectory(prefix="interlock-mutants-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "node_modules")
                shutil.copytree(source, copy / name, ignore=ignored)
            else:
                shutil.copy(source, copy / name)
        yield copy


@contextmanager
def applied(patch: Patch, tree: Path) -> Iterator[None]:
    """Raises BadPatch where it does not apply any more."""
    command = [
        "patch", "-p1", "-s", "-f", f"-F{OFFSET_LINES}", "--no-backup-if-mismatch",
        "-r", "-", "-i", str(patch.path),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BadPatch(f"{patch.name} does not apply any more: {done.stdout.strip()}")
        yield
    finally:
        for file in patch.files:
            shutil.copy(ROOT / file, tree / file)


def tried(patch: Patch, tree: Path) -> Verdict:
    """Raises BadPatch."""
    began = time.monotonic()
    with applied(patch, tree):
        seen_by = _first_failure(patch.tests, tree) or _first_failure([EVERYTHING], tree)
    return Verdict(patch, seen_by, time.monotonic() - began)


def _first_failure(tests: Sequence[str], tree: Path) -> str | None:
    command = [
        sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider",
        "--no-header", "--tb=no", "-rfE", "--ignore=tests/house", "--ignore=tests/mutation", *tests,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, timeout=TEST_S_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        return "no end in time"
    if done.returncode == 0:
        return None
    told = [line for line in done.stdout.splitlines() if line.startswith((SUMMARY, "ERROR "))]
    return told[0].split(" - ")[0] if told else f"pytest ended with {done.returncode}"


def main(part: str) -> int:
    survivors = 0
    with copied_tree() as tree:
        for patch in patches(part):
            try:
                verdict = tried(patch, tree)
            except BadPatch as bad:
                survivors += 1
                sys.stdout.write(f"STALE     {bad}\n")
                continue
            survivors += verdict.seen_by is None
            how = verdict.seen_by or f"SURVIVED  {patch.what}"
            sys.stdout.write(f"{patch.name} ({verdict.seconds:.0f} s): {how}\n")
            sys.stdout.flush()
    return int(survivors > 0)
