"""What commands print. The one place that writes to the terminal: nothing that was not written in
our code is taken for markup, and no control character of others reaches a terminal.

Ids, keys and amounts are never cut and never broken by us: what does not fit as a table is told in
paragraphs.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Where nobody watches (a pipe, a file) and COLUMNS says nothing, lines are as long as they need.
PIPED_COLUMNS: Final = 160
BETWEEN: Final = 2
SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # categories that steer instead of print

Piece: TypeAlias = str | tuple[str, str]  # a text, or one with its style


def _console() -> Console:
    given = os.environ.get("COLUMNS", "").isdecimal() or sys.stdout.isatty()
    width = None if given else PIPED_COLUMNS
    return Console(highlight=False, markup=False, emoji=False, width=width)


console: Final = _console()


def plain(text: str) -> str:
    """The same with what steers a terminal or turns the direction of writing made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(one) if unicodedata.category(one) in SHOWN else one for one in text)


def _shown(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def say(*pieces: Piece) -> None:
    """One line, as long as it is: where a terminal wraps it, what is copied is whole."""
    console.print(_text(pieces), soft_wrap=True)


def complain(text: str) -> None:
    """One line to standard error."""
    sys.stderr.write(f"interlock: {plain(' '.join(text.split()))}\n")


def say_json(value: Any) -> None:
    """One line; in ASCII, so that nothing in it steers anything."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def records(
    rows: Sequence[Mapping[str, str]], *, right: Sequence[str] = (), folds: str | None = None
) -> None:
    """A table of these, whose columns are the first one's; or a paragraph for each where it is too
    wide. `right`: aligned so. `folds`: a column of sentences, which may go on in the next line."""
    if not rows:
        return
    shown = [{name: plain(one) for name, one in row.items()} for row in rows]
    if _width(shown, folds) <= console.width:
        console.print(_table(shown, right, folds))
        return
    names = max(map(len, shown[0]))
    for number, row in enumerate(shown):
        if number:
            say("")
        for name, one in row.items():
            say((f"{name:<{names}}", "dim"), "  ", one)


def _width(rows: Sequence[Mapping[str, str]], folds: str | None) -> int:
    """In columns of the terminal; of what folds, the longest word."""
    widest = {
        name: max(_cells(one) for row in rows for one in _atoms(row[name], name == folds))
        for name in rows[0]
    }
    named = {name: max(len(name), cells) for name, cells in widest.items()}
    if folds in named:
        named[folds] = max(named[folds], FOLDED_COLUMNS_MIN)
    return sum(named.values()) + BETWEEN * (len(named) - 1)


FOLDED_COLUMNS_MIN: Final = 24


def _atoms(text: str, folds: bool) -> list[str]:
    return text.split() or [""] if folds else [text]


def _cells(text: str) -> int:
    return cell_len(text)


def _table(rows: Sequence[Mapping[str, str]], right: Sequence[str], folds: str | None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, BETWEEN, 0, 0))
    for name in rows[0]:
        table.add_column(name, no_wrap=name != folds, justify="right" if name in right else "left")
    for row in rows:
        table.add_row(*map(Text, row.values()))
    return table


def _text(pieces: Sequence[Piece]) -> Text:
    parts = ((one, "") if isinstance(one, str) else one for one in pieces)
    return Text.assemble(*((plain(text), style) for text, style in parts))
