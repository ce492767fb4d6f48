"""A child has its parent's settings, all of them, and its secrets by the pipe alone."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.processes.children import Child
from api.processes.handing_over import LINE_BYTES_MAX, environment_of_child, line_of
from api.settings import (
    PORT_MAX,
    PREFIX,
    SECRET,
    Settings,
    SettingsRefused,
    read_settings,
    settings_of_child,
)

GATEWAYS: Final = Path(__file__).parents[2] / "docs/gateways.example.json"
HUSH: Final = "whsec_aHVzaCBodXNo"
PRINTED: Final = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
BY_TYPE: Final[Mapping[Any, st.SearchStrategy[Any]]] = {
    Path: PRINTED.map(Path),
    SecretStr: PRINTED.map(SecretStr),
}
BY_NAME: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "gateways_file": st.just(GATEWAYS),
    "notice_secrets": st.dictionaries(
        PRINTED, st.lists(st.just(SecretStr(HUSH)), min_size=1, max_size=4).map(tuple)
    ),
    "host": PRINTED,
    "operations_host": PRINTED,
    "resolved_alone_most": st.dictionaries(st.sampled_from(["*", "EUR"]), st.integers(0)),
    "operations_port": st.none() | st.integers(0, PORT_MAX),
    "esdb": st.just(SecretStr("esdb://there:2113?tls=false")),
    "postgres": st.just(SecretStr("postgresql://there/x")),
    "redis": st.just(SecretStr("redis://there:6379/0")),
}
# Prints what reached it, ends when the parent's end of its standard input is closed.
CHILD: Final = """
import json, os, pathlib, sys
from api.processes.handing_over import handed_over, is_child
from api.settings import settings_of_child
told = settings_of_child(**handed_over())
seen = {
    "settings": told.shown() | {"embedded_dsn": told.postgres_dsn}, "is_child": is_child(),
    "environment": dict(os.environ), "command": sys.argv,
}
pathlib.Path(sys.argv[1]).write_text(json.dumps(seen))
os.read(0, 1)
"""


def one_of(name: str) -> st.SearchStrategy[Any]:
    """A value for this setting, within its bounds."""
    if name in BY_NAME:
        return BY_NAME[name]
    field = Settings.model_fields[name]
    annotation: Any = field.annotation
    for kind, strategy in BY_TYPE.items():
        if annotation in (kind, kind | None):
            return strategy
    kept: Any = Annotated[(annotation, *field.metadata)] if field.metadata else annotation
    found: st.SearchStrategy[Any] = st.from_type(kept)
    return found


def that_go_together(drawn: dict[str, Any]) -> dict[str, Any]:
    values, budget_s = dict(drawn), drawn.get("latency_budget_s", 9.0)
    if "late_answer_within_s" in values:
        values["late_answer_within_s"] = max(values["late_answer_within_s"], budget_s)
    if "send_within_s" in values:
        values["send_within_s"] = min(values["send_within_s"], budget_s)
    first_s, most_s = values.get("verify_first_s", 5.0), values.get("verify_most_s", 3600.0)
    if first_s > most_s:
        values |= {"verify_first_s": most_s, "verify_most_s": first_s}
    if values.get("mode") == "production" or values.get("gateways_file") is not None:
        values.pop("instant_gateway", None)
    if values.get("mode") == "production":
        stores = {
            "esdb": SecretStr("esdb://there:2113"), "postgres": SecretStr("host=there dbname=x"),
        }  # fmt: skip
        return {**stores, "gateways_file": GATEWAYS, **values}
    return {name: one for name, one in values.items() if name not in ("esdb", "postgres")}


EVERY: Final = {name: one_of(name) for name in Settings.model_fields}
SOME: Final = st.fixed_dictionaries({}, optional=EVERY).map(that_go_together)


@given(values=SOME)
def test_a_child_has_every_setting_of_its_parent(values: dict[str, Any]) -> None:
    own = settings_from({}, values)
    told = settings_from(own.environment(), own.secrets())

    assert told.model_dump() == own.model_dump()
    assert {name: getattr(own, name) for name in values} == values


def settings_from(environment: Mapping[str, str], given: Mapping[str, Any]) -> Settings:
    """Where a .env file says otherwise."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.chdir(folder)
        Path(".env").write_text(f"{PREFIX}PORT=9\n{PREFIX}REDIS=redis://elsewhere\n")
        for name in [one for one in os.environ if one.startswith(PREFIX)]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        return settings_of_child(**given)


def test_what_is_secret_is_known_by_its_type() -> None:
    assert {"embedded_dsn", "esdb", "postgres", "redis", "notice_secrets"} <= SECRET
    secret = read_settings(redis="redis://:hush@there", notice_secrets={"stripe": HUSH}, port=9)

    assert secret.environment() == {"INTERLOCK_PORT": "9"}
    assert secret.secrets() == {
        "redis": "redis://:hush@there", "notice_secrets": {"stripe": [HUSH]},
    }  # fmt: skip


def test_secrets_reach_a_child_by_the_pipe_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_REDIS", "redis://of-the-parent")
    monkeypatch.setenv("INTERLOCK_LOG_LEVEL", "debug")  # overruled by an option of the parent
    secrets: dict[str, Any] = {"embedded_dsn": "host=/hush", "notice_secrets": {"stripe": HUSH}}
    own = read_settings(log_level="info", **secrets)
    seen = tmp_path / "seen"
    command = [sys.executable, "-c", CHILD, str(seen)]
    child = Child("child", command, own.environment(), own.secrets())
    child.start()
    process = child.process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
    found = json.loads(seen.read_text())

    assert found["is_child"]
    assert found["settings"]["embedded_dsn"] == "host=/hush"
    assert found["settings"]["notice_secrets"] == {"stripe": ["**********"]}
    assert found["settings"]["redis"] == "**********"
    assert found["settings"]["log_level"] == "info"
    told = json.dumps([found["environment"], found["command"]])
    assert not [one for one in ("hush", HUSH, "of-the-parent") if one in told]


def test_a_child_that_is_dead_at_once_is_seen_by_its_watch() -> None:
    child = Child("child", [sys.executable, "-c", ""], {}, {"redis": "x" * (LINE_BYTES_MAX - 100)})
    child.start()
    assert child.process is not None
    child.process.wait()
    child.watch()

    assert child.process is None


def test_more_than_a_pipe_holds_is_refused_before_anything_is_started() -> None:
    child = Child("child", [sys.executable, "-c", ""], {}, {"redis": "x" * LINE_BYTES_MAX})
    with pytest.raises(SettingsRefused, match="a child gets 60000"):
        child.start()

    assert child.process is None
    assert len(line_of({"redis": "x"})) < LINE_BYTES_MAX


def test_a_child_is_told_all_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_PORT", "1")
    monkeypatch.setenv("TZ", "UTC")
    told = environment_of_child({"INTERLOCK_HOST": "here"})

    ours = {name: value for name, value in told.items() if name.startswith(PREFIX)}
    assert ours == {"INTERLOCK_HOST": "here", "INTERLOCK_LEASHED": "1"}
    assert told["TZ"] == "UTC"
