"""`.venv-peers`: programs that nobody here wrote, spoken to by tests as processes of their own.

Their packages are never imported by a test: their pins would bind the product's.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
VENV: Final = ROOT / ".venv-peers"
NPM: Final = VENV / "npm" / "node_modules" / ".bin"
PROGRAMS: Final = ROOT / "tests" / "peers" / "programs"
RUN_S_MAX: Final = 300.0
STOP_S_MAX: Final = 20.0


class Peers:
    """Programs by the Python, or the Node.js, of `.venv-peers`."""

    def command(self, program: str, *arguments: str | Path) -> list[str]:
        """One of tests/peers/programs, which sees no folder of this project."""
        path = PROGRAMS / f"{program}.py"
        return [str(VENV / "bin" / "python"), "-I", str(path), *map(str, arguments)]

    def tool(self, name: str, *arguments: str | Path, folder: Path | None = None) -> str:
        """What a command that a peer brings prints. Raises AssertionError."""
        places = [str(VENV / "bin"), str(NPM), os.environ["PATH"]]
        command = [name, *map(str, arguments)]
        return run(command, folder=folder, environment={"PATH": os.pathsep.join(places)})

    def told(self, program: str, *arguments: str | Path, given: str = "") -> str:
        """What it prints. Raises AssertionError when it ends otherwise than well."""
        return run(self.command(program, *arguments), given=given)

    @contextmanager
    def serving(self, program: str, *arguments: str | Path) -> Iterator[str]:
        """A server for the length of the block; gives the line by which it says where it is. It
        ends with this process, however that ends, for then its standard input does."""
        command = self.command(program, *arguments)
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                said = process.stdout.readline()
                assert said, f"{program} ended before it served"
                yield said.strip()
            finally:
                process.terminate()
                process.wait(STOP_S_MAX)


def run(
    command: Sequence[str],
    *,
    given: str = "",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What a program prints. Raises AssertionError, with all that it said, when it fails."""
    ended = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    assert ended.returncode == 0, f"{command[0]}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="session")
def peers() -> Peers:
    """Makes `.venv-peers` when it is missing or its lock has changed."""
    subprocess.run([ROOT / "scripts" / "setup", "peers"], check=True)
    return Peers()
