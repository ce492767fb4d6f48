"""Bad input on the command line is one line and exit code 2, never a traceback."""

from __future__ import annotations

import pytest

from api.cli import app


@pytest.mark.parametrize(
    "arguments",
    [
        ["timeline"],
        ["timeline", "pay_x"],
        ["timeline", "pay_1", "pay_2"],
        ["nonsense"],
        ["payments"],
        ["demo", "--nope"],
        ["serve", "--port", "abc"],
        ["serve", "--port", "-1"],
        ["merchants", "add"],
    ],
)
def test_one_line_and_exit_code_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["interlock", *arguments])

    assert app.main() == 2

    printed = capsys.readouterr()
    assert printed.err.startswith("interlock: ")
    assert printed.err.count("\n") == 1


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["interlock"])

    assert app.main() == 0
    assert "timeline" in capsys.readouterr().out
