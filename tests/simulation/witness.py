"""The witnesses' notebook: facts in the order of true time. The system cannot write here.

history_format.md says what each fact holds. `marks` count what only the simulation can see.
"""

from __future__ import annotations

from typing import Any

from tests.simulation.kernel import Kernel


class Witness:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.facts: list[dict[str, Any]] = []
        self.marks: dict[str, int] = {}
        self._last: dict[tuple[str, str], dict[str, Any]] = {}
        self._calls = 0
        self._requests = 0

    def note(self, fact: str, **more: Any) -> None:
        self.facts.append({"at": self._kernel.now, "fact": fact, **more})

    def note_change(self, fact: str, *, process: str, **more: Any) -> None:
        """Notes it where it is not what was noted of this process before."""
        if self._last.get((fact, process)) != more:
            self._last[fact, process] = more
            self.note(fact, process=process, **more)

    def mark(self, name: str) -> None:
        """A rare state that leaves no fact was reached."""
        self.marks[name] = self.marks.get(name, 0) + 1

    def next_call(self) -> int:
        self._calls += 1
        return self._calls

    def next_request(self) -> int:
        self._requests += 1
        return self._requests
