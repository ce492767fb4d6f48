"""Commands over an EventStoreDB that does not let us in, or does not answer: said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import pytest

from api.cli import app
from tests.end_to_end.stores import postgres_database
from tests.esdb_double import Access, EsdbDouble
from tests.esdb_double.events import Proposed
from tests.eventstoredb.test_tls import CERTIFICATE, KEY

pytestmark = pytest.mark.slow

NOWHERE: Final = "esdb://127.0.0.1:1?tls=false"


@pytest.fixture
def double() -> Iterator[EsdbDouble]:
    access = Access(passwords={"till": "right"})
    with EsdbDouble(access=access, certificate=(KEY.read_bytes(), CERTIFICATE.read_bytes())) as one:
        yield one


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    with postgres_database() as postgres:
        monkeypatch.setenv("INTERLOCK_MODE", "production")
        monkeypatch.setenv("INTERLOCK_POSTGRES", postgres)
        monkeypatch.setenv("INTERLOCK_GATEWAYS_FILE", "docs/gateways.example.json")
        yield


def ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], esdb: str, *words: str
) -> tuple[int, str, str]:
    monkeypatch.setenv("INTERLOCK_ESDB", esdb)
    monkeypatch.setattr("sys.argv", ["interlock", *words])
    code = app.main()
    said = capsys.readouterr()
    return code, said.out, said.err


def uri(double: EsdbDouble, password: str) -> str:
    return f"esdb://till:{password}@localhost:{double.port}?tlsCaFile={CERTIFICATE}"


def test_doctor_names_the_credentials_that_are_wrong(
    double: EsdbDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(monkeypatch, capsys, uri(double, "wrong-one"), "doctor")
    assert code == 1
    assert "credentials of user 'till'" in out
    assert "wrong-one" not in out


def test_doctor_names_the_right_that_is_missing(
    double: EsdbDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(monkeypatch, capsys, uri(double, "right"), "doctor")
    assert code == 1
    assert "$admins" in out
    assert "ACL of $all" in out


@pytest.mark.parametrize("words", [("merchants", "add", "acme"), ("timeline", f"pay_{'0' * 32}")])
def test_other_commands_say_it_in_one_line(
    double: EsdbDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:  # fmt: skip
    code, _, err = ran(monkeypatch, capsys, uri(double, "wrong-one"), *words)
    assert code == 1
    assert [one for one in err.splitlines() if one.startswith("interlock: ")]
    assert "Traceback" not in err


def test_doctor_names_a_stream_that_the_server_forgets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = f"payment-{uuid4()}"
    with EsdbDouble() as double:
        metadata = Proposed(uuid4(), "$metadata", True, b'{"$maxCount": 5}')
        double.log.write(f"$${stream}", [metadata])
        code, out, _ = ran(monkeypatch, capsys, f"esdb://{double.target}?tls=false", "doctor")
    assert code == 1
    said = " ".join(out.split())
    assert f"{stream} forgets all but its newest 5 events ($maxCount): remove it" in said
