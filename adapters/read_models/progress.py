"""How a duty says that it gets on, whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

GetsOn: TypeAlias = Callable[[], None]


def unheard() -> None:
    """Where nobody listens."""
