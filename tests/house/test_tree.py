"""What every file of the tree keeps to: where `domain` may reach, how large a file may grow, and
that each says what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("domain", "application", "projections", "adapters", "api", "tests", "scripts")
DOMAIN_MAY_IMPORT: Final = {
    "__future__", "collections.abc", "dataclasses", "datetime", "enum", "functools", "hashlib",
    "itertools", "json", "re", "types", "typing", "uuid",
}  # fmt: skip
FILE_LINES_MAX: Final = 300
DOMAIN_FILE_LINES_MAX: Final = 200
FUNCTION_LINES_MAX: Final = 50
LINE_COLUMNS_MAX: Final = 100


def files(*folders: str) -> list[Path]:
    return sorted(
        one.relative_to(ROOT) for folder in folders for one in (ROOT / folder).rglob("*.py")
    )


EVERY_FILE: Final = files(*FOLDERS)
OF_DOMAIN: Final = files("domain")


def parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), str(path))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=module, level=level):
                yield "." * level + (module or "")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_is_something_to_look_at() -> None:
    assert len(EVERY_FILE) > 100
    assert Path("domain/payment/evolve.py") in OF_DOMAIN


@pytest.mark.parametrize("path", OF_DOMAIN, ids=str)
def test_the_domain_reaches_only_itself_and_a_few_standard_modules(path: Path) -> None:
    beyond = {
        name for name in imported(parsed(path))
        if name not in DOMAIN_MAY_IMPORT and name.split(".")[0] != "domain"
    }  # fmt: skip

    assert beyond == set()


@pytest.mark.parametrize("path", OF_DOMAIN, ids=str)
def test_the_domain_reads_no_clock_and_draws_nothing(path: Path) -> None:
    calls = {
        ast.unparse(node.func).split(".")[-1]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
    }

    assert calls & {"now", "utcnow", "today", "uuid1", "uuid4", "open", "print", "input"} == set()


def test_the_rules_would_notice() -> None:
    bad = ast.parse("import os.path\nfrom time import time\nfrom . import x\nimport uuid")

    assert list(imported(bad)) == ["os.path", "time", ".", "uuid"]


def test_no_file_is_too_long() -> None:
    def most(path: Path) -> int:
        return DOMAIN_FILE_LINES_MAX if path.parts[0] == "domain" else FILE_LINES_MAX

    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in EVERY_FILE}

    assert {str(path): lines for path, lines in lengths.items() if lines > most(path)} == {}


def test_no_function_is_too_long() -> None:
    too_long = {
        f"{path}:{one.lineno} {one.name}": (one.end_lineno or 0) - one.lineno + 1
        for path in EVERY_FILE
        for one in functions(parsed(path))
    }

    assert {name: lines for name, lines in too_long.items() if lines > FUNCTION_LINES_MAX} == {}


def test_no_line_is_too_wide() -> None:
    wide = [
        f"{path}:{number}"
        for path in EVERY_FILE
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if len(line) > LINE_COLUMNS_MAX
    ]

    assert wide == []


def test_every_file_says_what_it_is_for() -> None:
    said = {path: (ROOT / path).read_text() for path in EVERY_FILE}
    silent = [
        str(path) for path, text in said.items() if text and not ast.get_docstring(parsed(path))
    ]

    assert silent == []


def test_every_decision_has_a_number_of_its_own() -> None:
    names = [one.name for one in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len({one[:4] for one in names}) == len(names), names
