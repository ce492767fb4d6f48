"""Every kind of small bug is planted where code runs, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutation.mutants import mutants_of
from tests.mutation.results import KILLED, SURVIVED, Result, keep, known_equivalents, read, report
from tests.mutation.trial import ROOT


def after(source: str) -> set[str]:
    return {one.source for one in mutants_of(source)}


@pytest.mark.parametrize(
    ("source", "mutated"),
    [
        ("x = a < b", {"x = (a <= b)"}),
        ("x = a <= b < c", {"x = (a < b < c)", "x = (a <= b <= c)"}),
        ("x = a is None", {"x = (a is not None)"}),
        ("x = a in b", {"x = (a not in b)"}),
        ("x = a and b", {"x = (a or b)"}),
        ("x = not a", {"x = (a)"}),
        ("x = a + b", {"x = (a - b)"}),
        ("x = -a", {"x = (a)"}),
        ("x = 7", {"x = 8"}),
        ("x = True", {"x = False"}),
        ("x = 'code'", {"x = 'code_'"}),
        ("x = a if b else c", {"x = (a if not b else c)"}),
        ("x += a", {"x -= a"}),
        ("f(a)", {"pass"}),
        ("raise E", {"pass"}),
        ("if a:\n    b", {"if (not (a)):\n    b"}),
        ("x = [a for a in b if a]", {"x = [a for a in b if (not (a))]"}),
        ("def f():\n    return a", {"def f():\n    return None"}),
        ("for a in b:\n    continue", {"for a in b:\n    break"}),
        (
            "match a:\n    case A() | B():\n        b",
            {"match a:\n    case B():\n        b", "match a:\n    case A():\n        b"},
        ),
    ],
)
def test_each_kind_of_bug(source: str, mutated: set[str]) -> None:
    assert after(source) == mutated


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "x: int | None",
        "X: TypeAlias = A | B",
        "def f(a: A | B) -> A | B: ...",
        "@dataclass(frozen=True)\nclass A(B[1]):\n    a: int",
        "x = 'words for people'",
        "x = f'{a + 1}'",
        "__all__ = ['A', 'b']",
        "T = TypeVar('T', bound=A)",
        "def f() -> None:\n    return",
        "def f():\n    return None",
    ],
)
def test_what_is_left_alone(source: str) -> None:
    assert after(source) == set()


def test_of_our_own_code_every_mutant_can_be_compiled() -> None:
    for path in (ROOT / "domain").rglob("*.py"):
        for one in mutants_of(path.read_text()):
            ast.parse(one.source)


def test_the_line_and_the_piece_are_named_beyond_ascii() -> None:
    (one,) = mutants_of("# \u00e9\nx = (\n    '\u20ac\u20ac \u20ac', a < b)\n")

    assert (one.line, one.before, one.after) == (3, "a < b", "(a <= b)")


def test_every_listed_equivalent_is_still_a_mutant() -> None:
    for known in known_equivalents():
        source = (ROOT / known.path).read_text()
        places = {
            (source.splitlines()[one.line - 1].strip(), one.before, one.after)
            for one in mutants_of(source)
        }
        assert (known.text, known.before, known.after) in places, known
        assert known.reason


def test_results_are_kept_and_reported(tmp_path: Path) -> None:
    file = tmp_path / "here" / "results.jsonl"
    for number, outcome in enumerate((KILLED, SURVIVED)):
        keep(
            file,
            Result(
                id=str(number), path="domain/money.py", line=number, text="a < b", before="a < b",
                after="a <= b", outcome=outcome, seconds=0.5, tests="t",
            ),
        )  # fmt: skip

    told = report(list(read(file)))

    assert "| domain/money.py | 2 | 0 | 1 | 50.0 % |" in told
    assert "domain/money.py:1\n  - a < b\n  + a < b  ->  a <= b" in told
    assert list(read(tmp_path / "nothing")) == []
