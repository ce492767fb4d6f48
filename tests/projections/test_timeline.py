"""The audit trail: complete, attributed, and without what opens a door to money."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from domain.payment.versions import UnknownEvent
from projections.payment_timeline import PaymentTimeline
from projections.payment_timeline.shown import shown_body
from projections.tables import Put, Row
from tests.projections.fake_log import CODEC, FakeLog, metadata_of
from tests.projections.histories import (
    LIVES,
    SECRET,
    History,
    Life,
    captured_in_parts,
    verified_later,
)


async def rows_of(log: FakeLog, stream: str) -> list[Row]:
    projector = PaymentTimeline(log=log, codec=CODEC)
    changes = [change for event in log.streams[stream] for change in await projector.project(event)]
    return [change.row for change in changes if isinstance(change, Put)]


@pytest.mark.parametrize("kind", LIVES)
async def test_every_event_is_a_row_and_no_token_is_in_it(kind: History) -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, kind(life))
    rows = await rows_of(log, life.stream)
    assert [row["revision"] for row in rows] == list(range(len(told)))
    assert {row["payment"] for row in rows} == {life.payment}
    assert SECRET.encode() in told[0].data
    shown = json.dumps(rows, default=str)
    assert SECRET not in shown
    assert "f" * 64 not in shown


async def test_a_follow_up_names_the_gateway_that_was_asked() -> None:
    log, life = FakeLog(), Life(gateway="gamma")
    log.tell(life, captured_in_parts(life))
    said = [str(row["summary"]) for row in await rows_of(log, life.stream)]
    assert said[5] == "gamma captured 4.00 EUR (ref_k1), known from its answer."
    assert said[8] == "The release at gamma failed and moved nothing: not_possible."


async def test_the_row_says_when_and_by_whom() -> None:
    log, life = FakeLog(), Life()
    log.tell(life, verified_later(life)[:1])
    (row,) = await rows_of(log, life.stream)
    assert (row["at"], row["actor"], row["merchant"]) == (life.at, "key_1", "m_1")


async def test_what_is_hidden_is_hidden_at_any_depth() -> None:
    log, life = FakeLog(), Life()
    log.tell(life, [life.initiated(), life.routed()])
    routed = log.streams[life.stream][1]
    body = {**json.loads(routed.data), "noted": [[{"token": SECRET, "kept": 1}]]}
    shown = shown_body(replace(routed, data=json.dumps(body).encode()), version=1)
    assert shown["noted"] == [[{"kept": 1}]]


async def test_other_streams_are_ignored() -> None:
    log = FakeLog()
    log.ignored()
    assert await PaymentTimeline(log=log, codec=CODEC).project(log.events[0]) == ()


async def test_an_event_that_nobody_knows_is_refused() -> None:
    log, life = FakeLog(), Life()
    strange = log.add(life.stream, "Strange", b"{}", metadata_of(life))
    with pytest.raises(UnknownEvent, match="Strange version 1"):
        await PaymentTimeline(log=log, codec=CODEC).project(strange)
