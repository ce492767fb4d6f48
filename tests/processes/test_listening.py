"""A port is bound before anything is begun, and who has it is named."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil
import pytest

from api.composition.simulator import WISHED, keep_port, kept_port, simulator_port
from api.own_packages import NAMES, ROOT, foreign
from api.processes.embedded import answers
from api.processes.listening import (
    LISTENS,
    UNKNOWN,
    bound,
    holder_of,
    is_free,
    own_or_bound,
    port_of,
)
from api.settings import SettingsRefused, read_settings


def test_a_free_port_is_taken_and_listened_on() -> None:
    with bound("127.0.0.1", 0, "PORT") as sockets:
        with socket.create_connection(("127.0.0.1", port_of(sockets)), timeout=5):
            assert not is_free("127.0.0.1", port_of(sockets))


def test_a_child_takes_over_what_its_parent_has_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    with bound("127.0.0.1", 0, "PORT") as sockets:
        inherited = os.dup(sockets[0].fileno())
        monkeypatch.setenv(LISTENS, str(inherited))
        with own_or_bound("127.0.0.1", 0, "PORT") as own:
            assert port_of(own) == port_of(sockets)


def test_of_a_stranger_nothing_but_that_he_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_connections", lambda _: [])
    assert holder_of(1) == UNKNOWN


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1", "x" * 300, "a..b"])
def test_a_host_that_is_none_of_this_machine_is_one_line(host: str) -> None:
    with pytest.raises(SettingsRefused, match="INTERLOCK_PORT: ") as refused:
        with bound(host, 0, "PORT"):
            pass
    assert "\n" not in str(refused.value)


def test_a_probe_knows_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        assert not answers("127.0.0.1", server.getsockname()[1], "/readyz")
        server.accept()[0].close()


def test_a_folder_keeps_the_port_of_its_simulator(tmp_path: Path) -> None:
    assert kept_port(tmp_path) is None
    assert simulator_port(read_settings(data=tmp_path)) == WISHED
    keep_port(tmp_path, 4_711)
    assert kept_port(tmp_path) == 4_711
    assert simulator_port(read_settings(data=tmp_path)) == 4_711
    assert simulator_port(read_settings(data=tmp_path, simulator_port=9)) == 9


def test_a_folder_from_before_had_the_one_of_those_days(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    assert kept_port(tmp_path) == WISHED


def test_ours_are_ours_and_a_foreign_one_is_found(tmp_path: Path) -> None:
    assert foreign() == []
    assert foreign(tmp_path) == [ROOT / name for name in NAMES]
