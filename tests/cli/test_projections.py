"""`interlock projections`: shows what is parked, and projects it when it can be."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from adapters.codec import MsgspecCodec
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.read_models.postgres import PostgresReadModels, open_home
from adapters.servers.postgres import PostgresFolder
from api.cli import app
from api.processes.embedded import DATABASE
from domain.log import NO_STREAM, NewEvent, Position, RecordedEvent
from projections.payment_status import PaymentStatus
from projections.ports import Batch
from projections.runner import Runner
from projections.tables import Change
from projections.versions import VERSION, schema_name
from tests.projections.fake_log import FakeLog
from tests.projections.histories import Life, captured
from tests.support.postgres import server_folder

pytestmark = pytest.mark.slow

GOOD, BAD, STRANGE = Life(1), Life(2), Life(3)
SCHEMA: Final = schema_name(VERSION)


class Defective(PaymentStatus):
    """A program that cannot cope with one payment: the next one can."""

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        if event.stream == BAD.stream and event.revision > 0:
            raise ValueError("a mistake of the program [sic]")
        return await super().project(event)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder in which payment_status has parked a stream."""
    folder = server_folder()
    with PostgresFolder(folder / "postgres").running() as server:
        asyncio.run(parked(server.ensure_database(DATABASE)))
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def parked(dsn: str) -> None:
    store = await EmbeddedEventStore.connect(dsn)
    try:
        for life in (GOOD, BAD):
            events = FakeLog().tell(life, captured(life))
            told = [
                NewEvent(id=life.key(f"{one.revision}"), type=one.type, data=one.data,
                         metadata=one.metadata)
                for one in events
            ]  # fmt: skip
            await store.append(life.stream, NO_STREAM, told)
        strange = NewEvent(id=STRANGE.key("0"), type="Strange", data=b"{}", metadata=b"{}")
        await store.append(STRANGE.stream, NO_STREAM, [strange])
        async with open_home(dsn) as read_models:
            rows = PostgresReadModels(read_models.pool, schema=SCHEMA)
            runner = Runner(Defective(log=store, codec=MsgspecCodec()), rows)
            await runner.run(partial(all_of, store))
    finally:
        await store.aclose()


async def all_of(store: EmbeddedEventStore, after: Position) -> AsyncGenerator[Batch, None]:
    events = tuple(await store.read_all(after=after))
    yield Batch(events=events, position=events[-1].position, idle=True)


def interlock(data: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setenv("INTERLOCK_DATA", str(data))
    monkeypatch.setattr("sys.argv", ["interlock", "projections", *arguments])
    return app.main()


def test_a_parked_stream_is_shown_and_replayed_once_the_program_is_mended(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interlock(data, monkeypatch) == 1
    shown = capsys.readouterr().out
    reason = "ValueError: a mistake of the program [sic]"
    assert f"payment_status of {SCHEMA} parked {BAD.stream} at revision 1 " in shown
    assert reason in shown
    assert GOOD.stream not in shown

    assert interlock(data, monkeypatch, "replay", "payment_status", BAD.stream) == 0
    count = len(captured(BAD)) - 1
    said = f"payment_status projected {count} events of {BAD.stream}: it is not parked any more"
    assert said in " ".join(capsys.readouterr().out.split())

    assert interlock(data, monkeypatch) == 1
    shown = capsys.readouterr().out
    assert BAD.stream not in shown
    assert STRANGE.stream in shown
    assert interlock(data, monkeypatch, "replay", "payment_status", BAD.stream) == 2
    assert capsys.readouterr().err == (f"interlock: payment_status has not parked {BAD.stream}\n")


def test_what_still_fails_stays_parked(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interlock(data, monkeypatch, "replay", "payment_status", STRANGE.stream) == 1
    assert f"still parked: {STRANGE.stream} at revision 0: " in capsys.readouterr().out

    assert interlock(data, monkeypatch) == 1
    assert STRANGE.stream in capsys.readouterr().out
