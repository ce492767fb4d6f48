"""What a child gets from its parent: settings by its environment, secrets by the pipe that is its
standard input. An environment and a command line are read by others: ps, /proc, core dumps, the
processes that a child starts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from api.settings import PREFIX, SettingsRefused

LEASHED: Final = f"{PREFIX}LEASHED"  # set by the parent, whose end of stdin is the leash
LINE_BYTES_MAX: Final = 60_000  # less than a pipe holds, so that the parent never waits
PIECE_BYTES: Final = 4_096


def is_child() -> bool:
    """Whether a parent holds this process's standard input."""
    return bool(os.environ.get(LEASHED))


def environment_of_child(told: Mapping[str, str]) -> dict[str, str]:
    """This process's own, but of Interlock's only what the child is told."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**own, **told, LEASHED: "1"}


def line_of(secrets: Mapping[str, Any]) -> bytes:
    """One line of JSON. Raises SettingsRefused where it is longer than LINE_BYTES_MAX."""
    line = json.dumps(dict(secrets)).encode() + b"\n"
    if len(line) > LINE_BYTES_MAX:
        raise SettingsRefused(f"secrets of {len(line)} bytes: a child gets {LINE_BYTES_MAX}")
    return line


def handed_over() -> dict[str, Any]:
    """The secrets by name, for a child. A parent that is gone before it said anything has handed
    over nothing: its child will end."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, PIECE_BYTES)  # not sys.stdin, which would read on
        if not piece:
            return {}
        line += piece
    secrets: dict[str, Any] = json.loads(line)
    return secrets
