"""`scripts/unchanged COMMIT`: what moves only leaves all this as it was at that commit.

Histories of the simulation (one digest over all of them), golden files (new ones may come), and the
OpenAPI document (every difference is shown). Both trees run with the packages of this one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = "tests/golden"
ABSENT: Final = object()
DOCUMENT: Final = """
import asyncio, sys
from tests.api.shop import open_shop

async def show() -> None:
    async with open_shop(projecting=False) as shop:
        sys.stdout.write((await shop.client.get("/openapi.json")).text)

asyncio.run(show())
"""


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing differs, 1 when something does."""
    parser = argparse.ArgumentParser(prog="scripts/unchanged", description=__doc__)
    parser.add_argument("commit", help="of this repository, to compare the tree as it is with")
    parser.add_argument("--histories", type=int, default=2_000, help="from seed 0 (2000)")
    asked = parser.parse_args(arguments)
    with tree_of(asked.commit) as before:
        found = [
            *golden_differences(asked.commit),
            *document_differences(before),
            *history_differences(before, asked.histories),
        ]
    for line in found:
        _say(f"differs: {line}")
    _say(f"{len(found)} differences from {asked.commit}")
    return 1 if found else 0


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """A checkout of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="interlock-before-") as folder:
        tree = Path(folder) / "tree"
        _output("git", "worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            _output("git", "worktree", "remove", "--force", str(tree))


def golden_differences(commit: str) -> list[str]:
    """Of files that were there."""
    said = _output("git", "diff", "--no-renames", "--name-status", commit, "--", GOLDEN)
    lines = [line.split("\t") for line in said.splitlines()]
    _say(f"golden files: {len(_output('git', 'ls-files', GOLDEN).splitlines())}")
    return [f"{path} ({status})" for status, path in lines if status != "A"]


def document_differences(before: Path) -> list[str]:
    texts = [_output(sys.executable, "-c", DOCUMENT, tree=one) for one in (before, ROOT)]
    _say(f"OpenAPI document: {len(texts[1])} characters")
    found = list(differences(*map(json.loads, texts)))
    if not found and texts[0] != texts[1]:
        return ["the OpenAPI document: the same, written in another way"]
    return [f"the OpenAPI document: {one}" for one in found]


def history_differences(before: Path, histories: int) -> list[str]:
    digests = [digest_of_histories(one, histories) for one in (before, ROOT)]
    _say(f"digest of {histories} histories: {digests[1]}")
    return [] if digests[0] == digests[1] else [f"histories: {digests[0]} before"]


def digest_of_histories(tree: Path, histories: int) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--histories", str(histories)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("digest ")]
    if len(found) != 1:
        raise RuntimeError(f"the simulation of {tree} told no digest: {done.stderr[-500:]}")
    return found[0].removeprefix("digest ")


def differences(before: Any, after: Any, at: str = "") -> Iterator[str]:
    """`pointer: before -> after`, for each value that is not the same."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            pair = (before.get(name, ABSENT), after.get(name, ABSENT))
            yield from differences(*pair, at=f"{at}/{name.replace('/', '~1')}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, at=f"{at}/{place}")
    elif before != after:
        yield f"{at}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    return "nothing" if value is ABSENT else json.dumps(value)


def _output(*command: str, tree: Path = ROOT) -> str:
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
