"""Names of owners, and whether a process of this machine that had one is surely dead.

Each process holds a lock on a file of its name for as long as it lives; the kernel frees it
however the process dies. Where the file cannot be seen (another machine) nothing is known.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path
from typing import Final
from uuid import uuid4

NAME: Final = re.compile(r"[a-z]+-[0-9a-f]{32}")


class Owners:
    def __init__(self, folder: Path) -> None:
        """`folder` is made when it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held: list[int] = []

    def claim(self, role: str) -> str:
        """A name that nobody ever had, alive as long as this process."""
        name = f"{role}-{uuid4().hex}"
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._held.append(descriptor)
        return name

    def is_dead(self, owner: str) -> bool:
        """Only what is certain: False for a name that is unknown here."""
        if not NAME.fullmatch(owner):
            return False
        try:
            descriptor = os.open(self._folder / owner, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(descriptor)

    def close(self) -> None:
        while self._held:
            os.close(self._held.pop())
