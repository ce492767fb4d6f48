"""Counts how often a key was sent, for what differs between a first send and a repeat.

In memory and bounded: the longest unseen key is forgotten first, and counts as new again.
"""

from collections import OrderedDict

KEYS_MAX = 100_000


class Sends:
    """Counters by key."""

    def __init__(self) -> None:
        """Starts with none."""
        self._counts: OrderedDict[str, int] = OrderedDict()

    def next(self, key: str) -> int:
        """1 on the first call for the key, then 2, 3 and so on."""
        count = self._counts.pop(key, 0) + 1
        self._counts[key] = count
        if len(self._counts) > KEYS_MAX:
            self._counts.popitem(last=False)
        return count
