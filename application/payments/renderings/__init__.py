"""How each published version of the API answers. A version that was given out is never edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from application.payments.renderings import v2026_11_01, v2026_12_01
from domain.api_versions import V2026_11_01, V2026_12_01
from domain.event_types import UnknownEvent
from domain.payment.attempt import Command
from domain.payment.state import Known


@dataclass(frozen=True, slots=True)
class Rendering:
    """`answer`: status and body of a concluded command; `on_the_way`: what is known of one that
    has no answer yet."""

    answer: Callable[[Known, Command], tuple[int, dict[str, Any]]]
    on_the_way: Callable[[Known, Command], dict[str, Any]]


RENDERINGS: Final[Mapping[str, Rendering]] = {
    V2026_11_01: Rendering(v2026_11_01.answer, v2026_11_01.on_the_way),
    V2026_12_01: Rendering(v2026_12_01.answer, v2026_12_01.on_the_way),
}


def rendering(version: str) -> Rendering:
    """Raises UnknownEvent for a version that only newer programs know."""
    found = RENDERINGS.get(version)
    if found is None:
        raise UnknownEvent(f"version {version} of the API")
    return found
