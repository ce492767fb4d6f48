"""What comments, docstrings and pages name is there: files, folders, and modules that are run."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("domain", "application", "projections", "adapters", "api", "tests")
FOLDERS: Final = (*ROOMS, "docs", "scripts")
NOT_OURS: Final = ROOT / "tests" / "golden"  # recordings that stay as they came
# A path below one of the folders (no media type), or a file that is named alone, found anywhere.
PATH: Final = re.compile(
    r"(?<![\w/.:-])(?!application/json)"
    rf"(?:(?:{'|'.join(FOLDERS)})(?:/[\w.-]+)*/[\w.-]*\w|[\w-]+\.(?:py|md|toml|yml))\b"
)
RUN: Final = re.compile(rf"-m ((?:{'|'.join(ROOMS)})(?:\.\w+)*)")

FILES: Final = [
    one.relative_to(ROOT)
    for folder in FOLDERS
    for one in (ROOT / folder).rglob("*")
    if one.is_file() and "__pycache__" not in one.parts
]
NAMES: Final = {one.name for one in [*FILES, *ROOT.iterdir()]}
THERE: Final = {str(one) for file in FILES for one in (file, *file.parents)}


def texts() -> Iterator[tuple[Path, str]]:
    """(file, what it says to people)."""
    for room in (*ROOMS, "scripts"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if not path.is_relative_to(NOT_OURS):
                yield path.relative_to(ROOT), "\n".join(said_in(path.read_text()))
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    programs = [one for one in (ROOT / "scripts").iterdir() if one.is_file() and not one.suffix]
    for path in sorted([*pages, *programs]):
        yield path.relative_to(ROOT), path.read_text()


def said_in(source: str) -> Iterator[str]:
    """Comments and docstrings."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def missing_in(text: str) -> set[str]:
    """What the text names and nobody finds."""
    modules = {one.replace(".", "/") for one in RUN.findall(text)}
    return {one for one in {*PATH.findall(text), *modules} if not is_there(one)}


def is_there(name: str) -> bool:
    """Without an ending: a folder, a module, or how names begin (docs/decisions/0001)."""
    if name in NAMES or name in THERE:
        return True
    return "." not in name and any(one.startswith(name) for one in THERE)


def test_every_file_that_is_named_is_there() -> None:
    found = {str(path): missing for path, text in texts() if (missing := missing_in(text))}

    assert found == {}


def test_the_rule_would_notice() -> None:
    assert (
        missing_in(
            "see domain/log.py, log.py, docs/decisions, docs/decisions/0001, `-m tests.esdb_double`"
        )
        == set()
    )
    assert missing_in("see domain/gone.py, gone.md, docs/gone and `python -m api.gone`.") == {
        "domain/gone.py", "gone.md", "docs/gone", "api/gone",
    }  # fmt: skip


def test_nothing_speaks_of_a_document_that_is_not_here() -> None:
    speaks = re.compile(r"\(design\b|design, section|the design's")

    assert [str(path) for path, text in texts() if speaks.search(text)] == []
