"""A small disk of a run's own, to be full: a tmpfs, which only root may mount."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SIZE: Final = "1536m"
PIECE_BYTES: Final = 1024 * 1024
UNMOUNTS: Final = (["umount"], ["umount", "-l"])


@dataclass(frozen=True, slots=True)
class SmallDisk:
    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Not a byte is left."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (PIECE_BYTES, 1):
                _write_on(file.write, bytes(size))

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


def _write_on(write: object, piece: bytes) -> None:
    assert callable(write)
    try:
        while True:
            write(piece)
    except OSError:
        return


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """None where nobody may mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        for command in UNMOUNTS:
            done = subprocess.run([*command, str(folder)], capture_output=True, check=False)
            if done.returncode == 0:
                break
