"""The group writer without a store: groups, deadlines, mistakes, closing."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from adapters.event_store import group_writer
from adapters.event_store.group_writer import GroupWriter
from adapters.event_store.queued import (
    GROUP_APPENDS_MAX,
    GROUP_BYTES_MAX,
    STREAM_BYTES_MAX,
    Outcome,
    QueuedAppend,
)
from application.ports.event_store import Appended, AppendNotSent, FateUnknown
from domain.log import NO_STREAM, NewEvent
from tests.event_store.builders import fact, new_stream, soon


class Kernel:
    """Stores nothing, says yes, and remembers the groups; waits while `open` is not set."""

    def __init__(self) -> None:
        self.groups: list[list[QueuedAppend]] = []
        self.taken = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.mistakes = 0

    async def commit(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        self.groups.append(list(group))
        self.taken.set()
        await self.open.wait()
        if self.mistakes:
            self.mistakes -= 1
            raise RuntimeError("a mistake of ours")
        return [Appended(len(append.events) - 1, 7) for append in group]


async def append(
    writer: GroupWriter, *, data: bytes = b"{}", timeout_s: float | None = None
) -> Appended:
    return await writer.append(new_stream(), NO_STREAM, [fact(data=data)], timeout_s=timeout_s)


async def hold(kernel: Kernel, writer: GroupWriter) -> asyncio.Task[Appended]:
    """Let one append be taken, and keep it under way."""
    kernel.open.clear()
    kernel.taken.clear()
    task = asyncio.create_task(append(writer))
    await soon(kernel.taken.wait())
    return task


async def test_what_came_meanwhile_is_stored_together() -> None:
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    first = await hold(kernel, writer)
    others = [asyncio.create_task(append(writer)) for _ in range(50)]
    await asyncio.sleep(0)
    kernel.open.set()
    await soon(asyncio.gather(first, *others))
    assert [len(group) for group in kernel.groups] == [1, 50]
    await writer.aclose()


@pytest.mark.parametrize(
    ("data", "appends", "largest"),
    [
        (b"{}", 3 * GROUP_APPENDS_MAX, GROUP_APPENDS_MAX),
        (b"1" * 900_000, 10, GROUP_BYTES_MAX // 900_000),
    ],
)
async def test_a_group_is_bounded(data: bytes, appends: int, largest: int) -> None:
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    first = await hold(kernel, writer)
    others = [asyncio.create_task(append(writer, data=data)) for _ in range(appends)]
    await asyncio.sleep(0)
    kernel.open.set()
    await soon(asyncio.gather(first, *others))
    assert max(len(group) for group in kernel.groups) == largest
    assert sum(len(group) for group in kernel.groups) == appends + 1
    await writer.aclose()


async def test_what_expired_while_the_loop_was_busy_is_not_sent() -> None:
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    first = await hold(kernel, writer)
    late = asyncio.create_task(append(writer, timeout_s=0.01))
    await asyncio.sleep(0)
    # The loop stands still, so that no timer can fire before the next group is taken.
    kernel.open.set()
    time.sleep(0.02)  # noqa: ASYNC251 - blocking the loop is the case under test
    with pytest.raises(AppendNotSent):
        await soon(late)
    await soon(first)
    assert [len(group) for group in kernel.groups] == [1]
    await writer.aclose()


async def test_a_mistake_fails_its_group_and_not_the_writer() -> None:
    kernel = Kernel()
    kernel.mistakes = 1
    writer = GroupWriter(kernel.commit)
    with pytest.raises(FateUnknown, match="a mistake of ours"):
        await soon(append(writer))
    assert (await soon(append(writer))).revision == 0
    await writer.aclose()


async def test_closing_follows_what_waits_and_takes_nothing_more() -> None:
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    tasks = [await hold(kernel, writer), asyncio.create_task(append(writer))]
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.aclose())
    await asyncio.sleep(0)
    with pytest.raises(AppendNotSent, match="closed"):
        await append(writer)
    kernel.open.set()
    await soon(closing)
    assert [task.result().revision for task in tasks] == [0, 0]


async def test_closing_ends_though_the_store_hangs_and_tells_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_writer, "CLOSE_TIMEOUT_S", 0.05)
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    sent = await hold(kernel, writer)
    queued = asyncio.create_task(append(writer))
    await asyncio.sleep(0)
    await soon(writer.aclose())
    with pytest.raises(FateUnknown, match="closed"):
        await soon(sent)
    with pytest.raises(AppendNotSent, match="closed"):
        await soon(queued)


async def test_a_caller_who_stopped_waiting_does_not_hold_up_closing() -> None:
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    first = await hold(kernel, writer)
    queued = asyncio.create_task(append(writer))
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.aclose())
    await asyncio.sleep(0)
    kernel.open.set()
    queued.cancel()
    await soon(closing)
    await soon(first)
    with pytest.raises(asyncio.CancelledError):
        await queued


@pytest.mark.parametrize(
    ("stream", "kind", "expected"),
    [
        ("", "Kind", NO_STREAM),
        ("payment-\0", "Kind", NO_STREAM),
        ("payment-\ud800", "Kind", NO_STREAM),
        ("p" * (STREAM_BYTES_MAX + 1), "Kind", NO_STREAM),
        ("payment-1", "", NO_STREAM),
        ("payment-1", "Ki\0nd", NO_STREAM),
        ("payment-1", "Kind", -2),
    ],
)
async def test_what_no_store_can_hold_is_refused_before_queueing(
    stream: str, kind: str, expected: int
) -> None:
    kernel = Kernel()
    writer = GroupWriter(kernel.commit)
    event = NewEvent(id=fact().id, type=kind, data=b"{}", metadata=b"{}")
    with pytest.raises(ValueError):
        await writer.append(stream, expected, [event])
    assert kernel.groups == []
    await writer.aclose()
