"""Answers held back for a time or until somebody releases them. Knows no reasons."""

import asyncio

HELD_MAX = 10_000


class Holds:
    """The held answers of one gateway; beyond ``HELD_MAX`` an answer is not held at all."""

    def __init__(self) -> None:
        """Starts with none."""
        self._released = asyncio.Event()
        self.held = 0

    async def hold(self, seconds: float) -> None:
        """Returns after ``seconds`` or at the next release, whichever comes first."""
        if self.held >= HELD_MAX:
            return
        self.held += 1
        try:
            await asyncio.wait_for(self._released.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self.held -= 1

    def release(self) -> int:
        """Lets go everything that is held now; how many."""
        count = self.held
        self._released.set()
        self._released = asyncio.Event()
        return count
