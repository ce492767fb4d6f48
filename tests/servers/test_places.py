"""Folders that the server's account cannot reach. Only root has them: others run as themselves."""

import logging
import shutil
from pathlib import Path

import psycopg
import pytest

from adapters.servers import binaries
from adapters.servers.account import Account
from adapters.servers.errors import EmbeddedServerError
from adapters.servers.places import NOTE, home_for, private_folder
from adapters.servers.postgres import PostgresFolder

pytestmark = pytest.mark.slow


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder below one that only we may enter."""
    (folder / "closed").mkdir(mode=0o700)
    return folder / "closed" / "data"


def test_the_data_moves_to_a_place_that_the_server_reaches(
    folder: Path, closed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    account = Account.for_servers()
    with caplog.at_level(logging.WARNING):
        with PostgresFolder(closed, elsewhere=folder / "open").running(fsync=False) as server:
            with psycopg.connect(server.ensure_database()) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            home = server.postmaster.cluster.parent
    assert home.is_relative_to(folder / "open") == account.switched
    assert (closed / NOTE).exists() == account.switched
    assert ("closed to the server's account" in caplog.text) == account.switched


def test_what_has_moved_stays_moved(folder: Path, closed: Path) -> None:
    account = Account.for_servers()
    home = home_for(closed, account, elsewhere=folder / "open")
    closed.parent.chmod(0o755)
    assert home_for(closed, account, elsewhere=folder / "other") == home


def test_an_empty_place_never_replaces_one_that_is_gone(folder: Path) -> None:
    asked = folder / "asked"
    asked.mkdir()
    (asked / NOTE).write_text(f"{folder / 'gone'}\n")
    with pytest.raises(EmbeddedServerError, match="which is gone"):
        home_for(asked, Account.for_servers())


def test_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    (folder / "theirs").symlink_to(folder)
    with pytest.raises(EmbeddedServerError, match="somebody else"):
        private_folder(folder / "theirs", Account.for_servers())


def test_programs_that_are_closed_to_the_server_are_copied_once(
    folder: Path, closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.for_servers()
    package = binaries.package_folder(binaries.POSTGRES_PACKAGE)
    closed.mkdir()
    for name in (package.name, f"{package.name}.libs"):
        (closed / name).symlink_to(package.parent / name)
    monkeypatch.setattr(binaries, "package_folder", lambda _: closed / package.name)
    programs = binaries.postgres_programs(account, elsewhere=folder / "open")
    assert programs.is_relative_to(folder / "open") == account.switched
    assert account.run([programs / "postgres", "--version"])[0] == 0
    assert account.run([programs / "pg_isready", "--version"])[0] == 0
    written_at = (programs / "postgres").stat().st_mtime_ns
    again = binaries.postgres_programs(account, elsewhere=folder / "open")
    assert (again / "postgres").stat().st_mtime_ns == written_at
    shutil.rmtree(folder / "open", ignore_errors=True)
