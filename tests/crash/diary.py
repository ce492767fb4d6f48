"""What clients asked and what they saw: the witness that the system cannot write.

Facts have the shape of tests/simulation/history_format.md. Knows nothing of HTTP.
"""

from __future__ import annotations

import time
from typing import Any, Final

MERCHANT: Final = "acme"


class Diary:
    """Every request and its end, in the order of true time. `epoch`: Unix time of t = 0."""

    def __init__(self) -> None:
        self.epoch = time.time()
        self.facts: list[dict[str, Any]] = []
        self._calls = 0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() - self.epoch

    def note(self, fact: str, **members: Any) -> None:
        self.facts.append({"at": self.now(), "fact": fact, **members})

    def asked(
        self,
        verb: str,
        *,
        payment: str | None,
        key: str | None,
        body: dict[str, Any] | None,
        process: str,
    ) -> int:
        """The number of the call, which its end names."""
        self._calls += 1
        self.note(
            "asked",
            call=self._calls,
            merchant=MERCHANT,
            verb=verb,
            payment=payment,
            key=key,
            body=body,
            process=process,
        )
        return self._calls

    def answered(
        self, call: int, status: int, body: str, *, replayed: bool, position: int | None
    ) -> None:
        self.note(
            "answered", call=call, status=status, body=body, replayed=replayed, position=position
        )

    def lost(self, call: int) -> None:
        self.note("lost", call=call)
