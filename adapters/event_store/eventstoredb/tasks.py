"""Small helpers for tasks whose gRPC calls may cancel themselves. Knows nothing of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final

import grpc
import grpc.aio

# The server understood the request and will say no again.
FOR_GOOD: Final = frozenset({
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN,
})  # fmt: skip


def describe(failure: object) -> str:
    """What went wrong, in one line: a gRPC error prints five."""
    if isinstance(failure, grpc.aio.AioRpcError):
        return f"{failure.code().name}: {failure.details()}"
    return str(failure)


class CallCancelled(Exception):
    """gRPC ended a call from this side (its channel was closed); nobody cancelled the task."""


def is_being_cancelled() -> bool:
    """grpc.aio raises CancelledError also when only the *call* was cancelled: tells them apart."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def first_failure(*work: Coroutine[object, object, None]) -> None:
    """Runs all until one of them ends, cancels the others, and raises what ended it (the first
    named, where several did).

    CallCancelled stands for a CancelledError from inside. Cancelling the caller cancels all.
    """
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done and not task.cancelled():
            task.result()
    raise CallCancelled("the call was cancelled on this side")
