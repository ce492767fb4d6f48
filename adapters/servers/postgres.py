"""PostgreSQL from a wheel, in a folder: no set-up, no network port, no account to create.

Must not know what the databases hold.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.servers.account import Account
from adapters.servers.binaries import postgres_programs
from adapters.servers.errors import EmbeddedServerError, EmbeddedServerTimeout
from adapters.servers.filelock import exclusively
from adapters.servers.leash import Leash
from adapters.servers.places import home_for, socket_folder
from adapters.servers.postmaster import (
    Postmaster,
    clear_the_way,
    cluster_name,
    exists,
    running_postmaster,
)

SUPERUSER = "interlock"
PORT = 5432  # names the socket file only: nothing listens on TCP
CONNECTIONS_MAX = 100
START_TIMEOUT_S = 60.0
POLL_S = 0.01
LOG_BYTES_MAX = 8 * 1024 * 1024
INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",  # the socket lies in a 0700 folder
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)
SETTINGS = (
    "listen_addresses=",
    f"port={PORT}",
    "unix_socket_permissions=0700",
    f"max_connections={CONNECTIONS_MAX}",
    "shared_buffers=128MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "wal_init_zero=off",  # filling each new 16 MB with zeros first stalls every commit for 50 ms
    "jit=off",  # short statements: compiling costs more than it gains
)
# A server that was killed syncs its whole folder before it serves: one call for the file system
# instead of one for each of a thousand files, which took 4 s. Only Linux has it.
SYNCED_AT_ONCE = ("recovery_init_sync_method=syncfs",) if sys.platform == "linux" else ()
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", *SYNCED_AT_ONCE)
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SPAWN = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'


@dataclass(frozen=True, slots=True)
class RunningPostgres:
    """A server that accepts connections. `started_here`: this call started it, not another."""

    postmaster: Postmaster
    sockets: Path
    started_here: bool

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self.postmaster.pid

    def dsn(self, database: str = "interlock") -> str:
        """The connection string for `database`, which may not exist yet."""
        return make_conninfo(host=str(self.sockets), port=PORT, user=SUPERUSER, dbname=database)

    def ensure_database(self, name: str = "interlock", *, template: str = "template1") -> str:
        """Create the database `name` unless it exists; returns its connection string."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if found.fetchone() is None:
                # Another process may be faster.
                with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(statement)
        return self.dsn(name)

    def stop(self) -> None:
        """Shut the server down for everybody. Does nothing when it is already gone."""
        self.postmaster.stop()


class PostgresFolder:
    """One PostgreSQL cluster in one folder, whoever starts it and however often."""

    def __init__(self, data: Path, *, elsewhere: Path | None = None) -> None:
        """`elsewhere`: root for the files when `data` is closed to the server's account."""
        self._data = data
        self._elsewhere = elsewhere
        self._account = Account.for_servers()

    def start(self, *, fsync: bool = True) -> RunningPostgres:
        """Start the server, or join the one that runs; it lives until `stop`.

        Safe to call from many processes at once and after any crash. Raises EmbeddedServerError.
        """
        home = home_for(self._data, self._account, elsewhere=self._elsewhere)
        return _Start(home, self._account, fsync=fsync).run()

    @contextmanager
    def running(self, *, fsync: bool = True) -> Iterator[RunningPostgres]:
        """Like `start`, but who started the server also stops it at the end or by dying."""
        server = self.start(fsync=fsync)
        if not server.started_here:
            yield server
            return
        programs = postgres_programs(self._account)
        stop = (programs / "pg_ctl", "stop", "-s", "-m", "fast", "-D", server.postmaster.cluster)
        leash = Leash(self._account, stop)
        try:
            yield server
        finally:
            leash.release()
            server.stop()


class _Start:
    """One attempt to end with a running server, under the folder's lock."""

    def __init__(self, home: Path, account: Account, *, fsync: bool) -> None:
        self._home = home
        self._account = account
        self._fsync = fsync
        self._cluster = home / "cluster"
        self._sockets = socket_folder(home, account)
        self._programs = postgres_programs(account)

    def run(self) -> RunningPostgres:
        with exclusively(self._home / "lock"):
            postmaster = running_postmaster(self._cluster)
            if postmaster is not None and self._becomes_ready(postmaster.pid):
                return self._joined(postmaster)
            self._initialise()
            clear_the_way(self._cluster, self._sockets)
            postmaster = self._launch()
            if not self._becomes_ready(postmaster.pid):
                raise EmbeddedServerError(f"PostgreSQL did not start: {self._last_words()}")
            return RunningPostgres(postmaster, self._sockets, started_here=True)

    def _joined(self, postmaster: Postmaster) -> RunningPostgres:
        if self._fsync and postmaster.has_option("fsync=off"):
            raise EmbeddedServerError(
                f"the server of {self._cluster} runs with fsync=off: stop it before relying on it"
            )
        return RunningPostgres(postmaster, self._sockets, started_here=False)

    def _initialise(self) -> None:
        if self._cluster.exists():
            return
        self._account.must_have_a_name()
        # The name itself marks a complete cluster: an initdb cut short leaves only a draft.
        draft = self._home / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        sync = () if self._fsync else ("--no-sync",)
        command = (self._programs / "initdb", "-D", draft, *INITDB_OPTIONS, *sync)
        code, printed = self._account.run(command)
        if code != 0:
            raise EmbeddedServerError(f"initdb failed in {draft}: {printed.strip() or code}")
        draft.rename(self._cluster)

    def _launch(self) -> Postmaster:
        log = self._home / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))
        settings = (
            *SETTINGS,
            f"unix_socket_directories={self._sockets}",
            f"cluster_name={cluster_name(self._cluster)}",
            *(DURABLE if self._fsync else FORGETFUL),
        )
        options = [part for setting in settings for part in ("-c", setting)]
        server: list[str | Path] = [self._programs / "postgres", "-D", self._cluster, *options]
        # Through a shell that ends at once, so that the server is nobody's child to wait for.
        code, printed = self._account.run(["/bin/sh", "-c", SPAWN, "sh", log, *server])
        if code != 0:
            raise EmbeddedServerError(f"PostgreSQL could not be launched: {printed.strip()}")
        return Postmaster(pid=int(printed), cluster=self._cluster)

    def _becomes_ready(self, pid: int) -> bool:
        """Wait for connections: False when the process ends first. Raises when it hangs."""
        where = ("-h", self._sockets, "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres")
        probe = (self._programs / "pg_isready", "-q", *where)
        gives_up_at = time.monotonic() + START_TIMEOUT_S
        while self._account.run(probe)[0] != 0:
            if not exists(pid):
                return False
            if time.monotonic() > gives_up_at:
                raise EmbeddedServerTimeout(
                    f"PostgreSQL (pid {pid}) is not ready after {START_TIMEOUT_S:.0f} s"
                    f": {self._last_words()}"
                )
            time.sleep(POLL_S)
        return True

    def _last_words(self) -> str:
        log = self._home / "server.log"
        if not log.exists():
            return "it left no log"
        return " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
