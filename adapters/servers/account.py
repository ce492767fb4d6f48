"""The operating-system account a server runs under. Must not create or change accounts.

PostgreSQL refuses to run as root, so root hands it to `nobody`; anybody else runs it as himself.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adapters.servers.errors import EmbeddedServerError

NOBODY = "nobody"
NOBODY_ID = 65534
COMMAND_TIMEOUT_S = 120.0
# A server inherits nothing of ours but these: PG* variables would redirect it, LC_* confuse it.
KEPT_ENVIRONMENT = ("PATH", "TZDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. `switched` means that we are root and it is not."""

    uid: int
    gid: int
    switched: bool

    @staticmethod
    def as_we_are() -> "Account":
        """The account of this process."""
        return Account(uid=os.geteuid(), gid=os.getegid(), switched=False)

    @staticmethod
    def for_servers() -> "Account":
        """Root: `nobody`. Anybody else: the same account."""
        if os.geteuid() != 0:
            return Account.as_we_are()
        try:
            entry = pwd.getpwnam(NOBODY)
        except KeyError:
            return Account(uid=NOBODY_ID, gid=NOBODY_ID, switched=True)
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, switched=True)

    def spawn(
        self,
        command: Sequence[str | Path],
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.STDOUT,
    ) -> subprocess.Popen[bytes]:
        """Start `command` under this account, in a session of its own.

        The session keeps a terminal's Ctrl-C, meant for us, away from the server.
        """
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            # Our own working directory may be closed to the other account.
            cwd="/",
            env={**environment, "LC_ALL": "C"},
            start_new_session=True,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def run(self, command: Sequence[str | Path]) -> tuple[int, str]:
        """Run `command` to its end: exit code and everything it printed."""
        with self.spawn(command) as process:
            try:
                printed, _ = process.communicate(timeout=COMMAND_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise EmbeddedServerError(
                    f"{command[0]} did not end within {COMMAND_TIMEOUT_S:.0f} s"
                ) from None
        return process.returncode, printed.decode(errors="replace")

    def must_have_a_name(self) -> None:
        """PostgreSQL's initdb asks the machine for it. Raises EmbeddedServerError."""
        try:
            pwd.getpwuid(self.uid)
        except KeyError:
            raise EmbeddedServerError(
                f"user {self.uid} has no name on this machine, and PostgreSQL makes no new data"
                " folder for such a user: give it a line in /etc/passwd, or run as a user who has"
            ) from None

    def reaches(self, path: Path) -> bool:
        """Whether this account may enter (a folder) or execute (a file) `path`."""
        if not self.switched:
            return os.access(path, os.X_OK)
        # Asked of the kernel, because mode bits alone miss access lists and odd mounts.
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", path])[0] == 0

    def own(self, path: Path) -> None:
        """Give `path` to this account, private to it."""
        if self.switched:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)
