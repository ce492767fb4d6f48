"""A cancellation that got lost on the way is heeded here.

In Python 3.11 `asyncio.wait_for` swallows one that comes at the moment of its result (CPython
issue 86296, fixed in 3.12), and database clients wait by it: an endless loop would not end.
"""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """To be called once in every round of such a loop. Raises asyncio.CancelledError where the
    task was cancelled, whoever swallowed it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
