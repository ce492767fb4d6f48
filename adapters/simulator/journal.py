"""An append-only file of lines with one writer. Knows nothing of what the lines mean.

A line is in the file (write(2)) before ``append`` returns, so it survives the death of the process
at any moment; a line torn by such a death is cut when the file is opened again.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

_TAIL_BYTES = 16_384
_READ_BYTES = 1 << 20


class BooksInUse(Exception):
    """Another process has these books open: two writers would not agree."""


class BooksUnwritable(Exception):
    """The line could not be written whole; nothing of it is in the file."""


class Journal:
    """One open file. ``OSError`` when the path cannot be opened, ``BooksInUse`` when it is held."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file at ``path`` and cuts a torn last line."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise BooksInUse(f"{path} is held by another simulator") from None
        self._size = self._whole_bytes()
        os.ftruncate(self._file, self._size)

    def _whole_bytes(self) -> int:
        """The length up to and with the last line end."""
        end = os.fstat(self._file).st_size
        while end > 0:
            start = max(0, end - _TAIL_BYTES)
            cut = os.pread(self._file, end - start, start).rfind(b"\n")
            if cut >= 0:
                return start + cut + 1
            end = start
        return 0

    def lines(self) -> Iterator[bytes]:
        """Every whole line from the start, without its line end."""
        offset, rest = 0, b""
        while offset < self._size:
            block = os.pread(self._file, min(_READ_BYTES, self._size - offset), offset)
            offset += len(block)
            *whole, rest = (rest + block).split(b"\n")
            yield from whole

    def append(self, line: bytes) -> None:
        """Writes one line. After ``BooksUnwritable`` the file is as it was before."""
        data = line + b"\n"
        try:
            written = os.write(self._file, data)
            if written != len(data):
                raise OSError(f"short write: {written} of {len(data)} bytes")
        except OSError as failure:
            os.ftruncate(self._file, self._size)
            raise BooksUnwritable(str(failure)) from failure
        self._size += len(data)

    def close(self) -> None:
        """Gives the file free; the journal must not be used afterwards."""
        os.close(self._file)
