"""Bad input on the command line is one line and exit code 2, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from api.cli import app

ROOT: Final = Path(__file__).parents[2]


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
        ["operators", "add"],
        ["operators", "list", "--data", "/nowhere/at/all"],
        ["operators", "revoke-key", "anna"],
        ["projections", "nonsense"],
        ["projections", "replay", "payment_status"],
        ["projections", "--data", "x", "replay", "payment_status", "payment-1"],
        ["projections", "replay", "nonsense", "payment-1"],
        ["projections", "--data", "/nowhere/at/all"],
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


@pytest.mark.parametrize("command", ["serve", "settings"])
def test_a_gateways_file_that_leaves_something_open_is_refused_before_anything_starts(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = json.loads((ROOT / "docs/gateways.example.json").read_text())[0]
    del entry["key_lifetime_s"]
    file = tmp_path / "gateways.json"
    file.write_text(json.dumps([entry]))
    monkeypatch.setenv("INTERLOCK_GATEWAYS_FILE", str(file))
    monkeypatch.setenv("INTERLOCK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("sys.argv", ["interlock", command])

    assert app.main() == 2

    said = capsys.readouterr().err
    assert f"{file}: entry 0, key_lifetime_s: Field required (docs/gateways.md)\n" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["interlock"])

    assert app.main() == 0
    assert "timeline" in capsys.readouterr().out
