"""A person who is not root, with the product installed from its wheel and a terminal of his own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PERSON: Final = 65_534  # nobody: has a name on every machine
NAMELESS: Final = 12_345
COLUMNS: Final = 80
LINES: Final = 24
SEES_S_MAX: Final = 90.0
ENDS_S_MAX: Final = 60.0
PYTHONS: Final = (os.path.realpath(sys.executable), "/usr/local/bin/python3.11",
           "/usr/bin/python3.11")  # fmt: skip
FIT: Final = """
[ -r "$(readlink -f "$1")" ] &&
"$1" -c 'import sys, ssl, ctypes, zoneinfo; sys.exit(sys.version_info[:2] != (3, 11))'
"""
READS_ALL: Final = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
_STYLE: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def as_user(uid: int, *, also: Sequence[str] = ()) -> list[str]:
    """The beginning of a command that this user runs; nothing where we are no root ourselves."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *also, "--"]


@dataclass(frozen=True, slots=True)
class Installed:
    """The product as `pip install` makes it, in a folder that everybody may read. `also`: what a
    user needs on a machine where only root may read the interpreter."""

    folder: Path
    python: str
    also: tuple[str, ...] = ()

    @property
    def command(self) -> Path:
        return self.folder / "bin" / "interlock"


def install(folder: Path) -> Installed:
    """Builds the wheel and installs it beside the packages that are here already."""
    python, also = _python()
    wheels = folder / "wheels"
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], ROOT)
    venv = folder / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    run([uv, "venv", "-q", "--python", python, str(venv)], folder)
    wheel = next(wheels.glob("*.whl"))
    run([uv, "pip", "install", "-q", "--no-deps", "--offline", "--no-cache",
         "--python", str(venv / "bin" / "python"), str(wheel)], folder)  # fmt: skip
    site = next((venv / "lib").glob("python*/site-packages"))
    ours = next(Path(one) for one in sys.path if one.endswith("site-packages"))
    (site / "locked.pth").write_text(f"{ours}\n")
    folder.chmod(0o755)
    return Installed(venv, python, also)


def _python() -> tuple[str, tuple[str, ...]]:
    """One that the person may run; else with the right to read what only root may."""
    for also in ((), READS_ALL):
        for one in PYTHONS:
            # A folder beside it that cannot be read would lead it astray.
            command = [*as_user(PERSON, also=also), "/bin/sh", "-c", FIT, "sh", one]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return one, also
    raise AssertionError("no Python 3.11 that a user who is not root may run")


def run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(slots=True)
class Screen:
    """A terminal with a command in it. `text`: all that was shown, without colours."""

    process: subprocess.Popen[bytes]
    master: int
    raw: bytes = b""

    @property
    def text(self) -> str:
        shown = _STYLE.sub("", self.raw.decode(errors="replace"))
        return shown.replace("\r\n", "\n")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def sees(self, what: str | re.Pattern[str]) -> re.Match[str]:
        """Waits until it is shown. Raises AssertionError with all that is."""
        pattern = re.compile(re.escape(what)) if isinstance(what, str) else what
        gives_up_at = time.monotonic() + SEES_S_MAX
        while (found := pattern.search(self.text)) is None:
            going_on = self.process.poll() is None
            assert time.monotonic() < gives_up_at, self.text
            assert self._read(0.2) or going_on, self.text
        return found

    def press(self, key: str) -> None:
        os.write(self.master, key.encode())

    def ends(self) -> int:
        """The exit code, when all that it shows is read."""
        gives_up_at = time.monotonic() + ENDS_S_MAX
        while self.process.poll() is None:
            assert time.monotonic() < gives_up_at, self.text
            self._read(0.1)
        while self._read(0.0):
            continue
        return self.process.returncode

    def _read(self, wait_s: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], wait_s)
        if not ready:
            return False
        try:
            piece = os.read(self.master, 65_536)
        except OSError:  # nobody has the other end any more
            return False
        self.raw += piece
        return bool(piece)


@dataclass(slots=True)
class Person:
    """`home`: his own folder, in which he stands."""

    installed: Installed
    home: Path
    uid: int = PERSON
    environment: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def opens(
        self, *words: str | Path, columns: int = COLUMNS, folder: Path | None = None,
        program: Sequence[str] | None = None,
    ) -> Iterator[Screen]:  # fmt: skip
        """A terminal in which `interlock WORDS` runs; it is gone at the end of the block."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        command = [*(program or [str(self.installed.command)]), *map(str, words)]
        process = subprocess.Popen(
            [*as_user(self.uid, also=self.installed.also), *command],
            cwd=folder or self.home,
            env=self._environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_takes_terminal,  # noqa: PLW1509 - no thread of ours is running
        )
        os.close(slave)
        try:
            yield Screen(process, master)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(master)

    def does(self, *words: str | Path, columns: int = COLUMNS) -> Screen:
        """A command, to its end."""
        with self.opens(*words, columns=columns) as screen:
            screen.ends()
            return screen

    def pipes(self, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command whose output goes into a pipe."""
        return subprocess.run(
            [*as_user(self.uid, also=self.installed.also), str(self.installed.command),
             *map(str, words)],
            cwd=self.home,
            env=self._environment() | environment,
            capture_output=True, text=True, check=False, timeout=ENDS_S_MAX,
        )  # fmt: skip

    def with_settings(self, **more: str) -> Person:
        told = {f"INTERLOCK_{name.upper()}": value for name, value in more.items()}
        return Person(self.installed, self.home, self.uid, {**self.environment, **told})

    def writes(self, name: str, text: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self._owns(path)
        return path

    def _owns(self, path: Path) -> None:
        if os.geteuid() == 0:
            for one in (path, *path.parents):
                if one.is_relative_to(self.home):
                    os.chown(one, self.uid, self.uid)

    def _environment(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "PATH": os.environ["PATH"], "TERM": "xterm-256color"}
        return {**own, "LANG": "C.UTF-8", **self.environment}


def _takes_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def at_home(installed: Installed, uid: int = PERSON) -> Iterator[Person]:
    """A person with an empty folder of his own, which is removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="interlock-newcomer-"))
    if os.geteuid() == 0:
        os.chown(home, uid, uid)
    try:
        yield Person(installed, home, uid)
    finally:
        shutil.rmtree(home, ignore_errors=True)
