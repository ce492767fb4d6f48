"""On which port the gateway simulator of a data folder is.

Payments name the endpoint that they were charged at: who comes back on another port cannot settle
or refund them. So a folder keeps the port that it had first.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from api.settings import Settings

WISHED: Final = 8090  # also what folders had before they kept it
KEPT_IN: Final = "simulator-port"
_PORT: Final = re.compile(r"[0-9]{1,5}\n?")


def kept_port(data: Path) -> int | None:
    """The port that this folder's simulator had; None for a folder that has had none."""
    try:
        text = (data / KEPT_IN).read_text()
    except (FileNotFoundError, NotADirectoryError):
        return WISHED if (data / "postgres").exists() else None
    return int(text) if _PORT.fullmatch(text) else None


def keep_port(data: Path, port: int) -> None:
    (data / KEPT_IN).write_text(f"{port}\n")


def simulator_port(settings: Settings) -> int:
    """As it is configured, else as the folder keeps it."""
    return settings.simulator_port or kept_port(settings.data) or WISHED


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
