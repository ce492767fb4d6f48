"""What commands print is whole, and steers no terminal whoever wrote it."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.cli import output

TEXTS = st.text(st.characters(), max_size=60)
ID = "pay_" + "0123456789abcdef" * 2
ROWS = [
    {"payment": ID, "status": "pending_verification", "amount": "1000000.00 EUR",
     "gateway": "a_gateway_with_a_name", "created (UTC)": "2026-11-28 12:00:00"}
]  # fmt: skip


def printed(columns: int, *, rows: Sequence[dict[str, str]] = (), said: str = "") -> str:
    """Both ways of printing, at this width."""
    file = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        narrow = Console(file=file, width=columns, markup=False, emoji=False, highlight=False)
        patch.setattr(output, "console", narrow)
        if rows:
            output.records(rows, right=("amount",), folds="what happened")
        if said:
            output.say(said)
    return file.getvalue()


@given(text=TEXTS)
def test_nothing_steers(text: str) -> None:
    shown = output.plain(text)
    assert not [one for one in shown if unicodedata.category(one) in output.SHOWN]
    assert printed(40, said=f"x{text}").rstrip("\n") == f"x{shown}"


@pytest.mark.parametrize(
    "text", ["[/x]", "[conceal]a[/]", "[link=http://x]y[/link]", ":smile:", "[bold red]"]
)
def test_markup_of_others_is_text(text: str) -> None:
    assert printed(80, said=text) == f"{text}\n"
    assert text in printed(200, rows=[{"what happened": text}])


def test_control_sequences_are_shown() -> None:
    assert output.plain("a\x1b[2Jb\u202ec\x9bd") == r"a\x1b[2Jb\u202ec\x9bd"


@given(columns=st.integers(1, 200))
def test_what_is_copied_is_whole_at_every_width(columns: int) -> None:
    shown = printed(columns, rows=ROWS)
    for value in ROWS[0].values():
        assert value in shown


@given(columns=st.integers(60, 120))
def test_a_sentence_may_fold_but_no_id_in_it(columns: int) -> None:
    told = f"the gateway has the request and decides later ({ID})."
    shown = printed(columns, rows=[{"#": "1", "event": "AttemptPending", "what happened": told}])
    assert ID in shown
    assert " ".join(shown.split()).count("decides") == 1


def test_a_table_where_there_is_room_and_paragraphs_where_not() -> None:
    assert len(printed(160, rows=ROWS).splitlines()) == 2
    assert len(printed(80, rows=ROWS * 2).splitlines()) == 11


def test_columns_are_heeded_when_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "47")
    assert output._console().width == 47
    monkeypatch.delenv("COLUMNS")
    assert output._console().width == output.PIPED_COLUMNS


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_json({"reason": "\x1b[2J\u202e"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"reason": "\x1b[2J\u202e"}
    assert out.count("\n") == 1
