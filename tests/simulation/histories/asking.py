"""A call of a client in a story, and what it heard."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.simulation.histories.story import Story


@dataclass(slots=True)
class Asking:
    """A call of a client."""

    story: Story
    call: int

    def answered(
        self, status: int, body: dict[str, Any] | str, *, replayed: bool = False
    ) -> dict[str, Any]:
        position = self.story.log[-1]["position"] if self.story.log and status < 300 else None
        text = body if isinstance(body, str) else json.dumps(body)
        return self.story.note(
            "answered", call=self.call, status=status, body=text, replayed=replayed,
            position=position,
        )  # fmt: skip

    def refused(self, status: int, code: str, *, retryable: bool = False) -> dict[str, Any]:
        return self.answered(status, {"status": status, "code": code, "retryable": retryable})

    def lost(self) -> None:
        self.story.note("lost", call=self.call)
