"""Which of the payments that are due are taken up next: no gateway gets more than its share.

A gateway that hangs keeps each of its payments in hand for as long as it may be waited for. Without
a share of its own for each, they would keep everything in hand, and those of healthy gateways wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from domain.due import DueStream

IN_HAND_MAX: Final = 2_048  # of one worker, whatever names of gateways the log has


def next_up(
    listed: Iterable[DueStream], in_hand: Iterable[DueStream], *, share: int
) -> list[DueStream]:
    """Of what is `listed`, in its order, what is not in hand and may come into it: at most `share`
    of those that wait for one gateway are, and IN_HAND_MAX of all."""
    holding = list(in_hand)
    held = {one.stream for one in holding}
    counted = Counter(one.waits_for for one in holding)
    taken = []
    for one in listed:
        full = len(held) >= IN_HAND_MAX or counted[one.waits_for] >= share
        if one.stream not in held and not full:
            held.add(one.stream)
            counted[one.waits_for] += 1
            taken.append(one)
    return taken
