"""Bad input on the command line is one line and exit code 2, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from api.cli import app
from api.version import VERSION

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
        ["projections", "--json", "replay", "payment_status", "payment-1"],
        ["payments", "acme", "--status", "bogus"],
        ["payments", "acme", "--limit", "0"],
        ["timeline", "re_x"],
        ["timeline", "\x1b[2J"],
        ["timeline", ""],
        ["doctor", "--events", "0"],
        *([name, "--data", __file__] for name in ("serve", "demo", "doctor", "format")),
        ["payments", "acme", "--data", __file__],
        ["serve", "--data", "/proc/version/data"],
        ["demo", "--data", "/proc/no/such/folder"],
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
    assert (
        f"{file}: entry 0 (razorpay), key_lifetime_s: Field required (docs/gateways.md)\n" in said
    )
    assert said.count("\n") == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("INTERLOCK_PROT", "1", "INTERLOCK_PROT is no setting: do you mean INTERLOCK_PORT?"),
        ("interlock_lgo_level", "x", "do you mean INTERLOCK_LOG_LEVEL?"),
        ("INTERLOCK_ZZZ", "1", "INTERLOCK_ZZZ is no setting (docs/settings.md)"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "doctor", "settings"])
def test_a_name_that_is_no_setting_is_refused_with_the_nearest(
    command: str, name: str, value: str, said: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["interlock", command])

    assert app.main() == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("{", "Invalid JSON"),
        ("{}", "must be a JSON list of gateways"),
        ("[1]", "entry 0: Input should be"),
        ('[{"name": "alpha"}]', "entry 0 (alpha), base_url: Field required"),
        ('[{"name": "\\u001b[2J"}]', "entry 0, name: String should match pattern"),
        ("\udcff", "Invalid JSON"),
    ],
)
def test_a_gateways_file_is_refused_by_entry_and_member(
    file: str, said: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = tmp_path / "gateways.json"
    path.write_bytes(file.encode(errors="surrogateescape"))
    monkeypatch.setenv("INTERLOCK_GATEWAYS_FILE", str(path))
    monkeypatch.setattr("sys.argv", ["interlock", "settings"])

    assert app.main() == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_the_version_and_completion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["interlock", "--version"])
    assert app.main() == 0
    assert capsys.readouterr().out == f"interlock {VERSION}\n"

    monkeypatch.setenv("_INTERLOCK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "interlock tim")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        app.main()
    assert capsys.readouterr().out.strip() == "timeline"


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["interlock"])

    assert app.main() == 0
    assert "timeline" in capsys.readouterr().out
