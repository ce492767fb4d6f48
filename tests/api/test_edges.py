"""Around the routes: request ids, health, numbers, disconnects, failures, and the document."""

from __future__ import annotations

import asyncio
import json
import logging

import httpx
import pytest
from starlette.types import Message

from api.http import middleware, running, schemas
from api.http.problems import TABLE, response_to
from api.http.running import Running
from application.ports.event_store import (
    Appended,
    AppendNotSent,
    FateUnknown,
    StoreBusy,
)
from domain.merchant.rules import READ
from tests.api.shop import CREATE, Shop


async def test_a_sane_request_id_is_kept_and_every_answer_has_one(shop: Shop) -> None:
    kept = await shop.client.get("/healthz", headers={"Request-Id": "order-1042:7"})
    given = [
        (await shop.client.get("/healthz", headers={"Request-Id": one})).headers["request-id"]
        for one in ("", "a b", "x" * 65, "4111111111111111", '"><script>')
    ]
    unknown = await shop.client.get("/nowhere")

    assert kept.headers["request-id"] == "order-1042:7"
    assert all(one.startswith("req_") for one in given)
    assert len(set(given)) == len(given)
    assert unknown.json()["request_id"] == unknown.headers["request-id"]


async def test_alive_and_ready_need_no_key_and_numbers_are_elsewhere(shop: Shop) -> None:
    await shop.create("k1")
    alive = await shop.client.get("/healthz")
    ready = await shop.client.get("/readyz")
    numbers = await shop.client.get("/metrics")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "checks": {}, "degraded": []}
    assert (numbers.status_code, numbers.json()["code"]) == (404, "not_found")
    labels = {"operation": "create_payment", "status": "201"}
    registry = shop.app.state.api.services.metrics
    assert registry.get_sample_value("interlock_http_requests_total", labels) == 1.0


async def test_readiness_names_what_failed_and_not_why(shop: Shop) -> None:
    async def works() -> None: ...

    async def fails() -> None:
        raise RuntimeError("password=hunter2")

    async def hangs() -> None:
        raise TimeoutError

    checks = shop.app.state.api.services.checks
    checks.needed |= {"log": works, "rows": fails}
    checks.wanted |= {"hot": hangs}
    answer = await shop.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not_ready",
        "checks": {"log": "ok", "rows": "failed", "hot": "failed"},
        "degraded": ["hot"],
    }
    assert "hunter2" not in answer.text


async def test_a_command_goes_on_when_its_client_is_gone(shop: Shop) -> None:
    shop.stage.hold()
    asking = asyncio.create_task(shop.post("/v1/payments", CREATE, key="k1"))
    await shop.stage.asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(shop.app.state.api.commands) == 1
    shop.stage.release()
    await shop.app.state.api.drain()

    again = await shop.post("/v1/payments", CREATE, key="k1")
    assert (again.status_code, again.json()["status"]) == (201, "succeeded")
    assert again.headers["idempotent-replayed"] == "true"
    assert len(shop.stage.sent) == 1


async def test_a_client_that_leaves_while_sending_its_body_leaves_nothing(shop: Shop) -> None:
    facts = await shop.log()
    sent: list[Message] = []
    parts: list[Message] = [
        {"type": "http.request", "body": b'{"amount"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = [(name.lower().encode(), value.encode()) for name, value in shop.headers("k").items()]

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/v1/payments", "query_string": b"",
        "raw_path": b"/v1/payments", "root_path": "", "scheme": "http", "http_version": "1.1",
        "headers": [*headers, (b"content-type", b"application/json")], "server": ("x", 80),
    }  # fmt: skip
    await shop.app(scope, receive, send)

    assert sent[0]["status"] == 400
    assert await shop.log() == facts


async def test_too_many_commands_are_refused_before_anything_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop.app.state.api.commands, "_most", 1)
    shop.stage.hold()
    first = asyncio.create_task(shop.post("/v1/payments", CREATE, key="k1"))
    await shop.stage.asked.wait()
    facts = await shop.log()
    second = await shop.post("/v1/payments", CREATE, key="k2")
    assert await shop.log() == facts
    shop.stage.release()

    assert (await first).status_code == 201
    assert (second.status_code, second.json()["code"]) == (503, "busy")
    assert second.headers["retry-after"] == "1"
    assert second.json()["retryable"]


async def test_too_many_requests_are_refused_at_the_door(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "IN_FLIGHT_MAX", 0)
    answer = await shop.client.get("/healthz")

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["request-id"] == answer.json()["request_id"]


async def test_draining_waits_and_gives_up_after_its_bound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Running(2, "too many")
    begun, never = asyncio.Event(), asyncio.Event()

    async def long() -> bool:
        begun.set()
        return await never.wait()

    waiting = asyncio.create_task(work.finish(long()))
    await begun.wait()
    await work.drain(timeout_s=0.01)
    assert len(work) == 1
    assert "still ran" in caplog.text
    never.set()
    await work.drain()
    assert len(work) == 0
    assert await waiting
    assert running.DRAIN_TIMEOUT_S > 9  # longer than any command's latency budget


async def test_the_end_of_the_server_waits_for_commands_under_way(shop: Shop) -> None:
    shop.stage.hold()
    async with shop.app.router.lifespan_context(shop.app):
        asking = asyncio.create_task(shop.post("/v1/payments", CREATE, key="k1"))
        await shop.stage.asked.wait()
        asking.cancel()
        shop.stage.release()

    assert [one.type for one in await shop.log()][-1] == "AttemptSucceeded"


async def test_a_key_for_reading_moves_no_money(shop: Shop) -> None:
    issued = await shop.core.merchants.issue_key("alma", scopes=(READ,), actor="test")
    facts = await shop.log()
    headers = {"Authorization": f"bearer {issued.text}", "Idempotency-Key": "k1"}
    command = await shop.client.post("/v1/payments", json=CREATE, headers=headers)
    query = await shop.client.get("/v1/payments", headers=headers)

    assert (command.status_code, command.json()["code"]) == (403, "scope_missing")
    assert query.status_code == 200
    assert await shop.log() == facts


async def test_failures_of_the_store_are_told_without_internals(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer_to(failure: Exception) -> httpx.Response:
        async def append(*_: object, **__: object) -> None:
            raise failure

        monkeypatch.setattr(shop.store, "append", append)
        return await shop.post("/v1/payments", CREATE, key="k1")

    for failure, code in (
        (StoreBusy("esdb://user:pass"), "busy"),
        (AppendNotSent("esdb://user:pass"), "not_recorded"),
        (FateUnknown("esdb://user:pass"), "outcome_of_append_unknown"),
    ):
        answer = await answer_to(failure)
        assert (answer.status_code, answer.json()["code"]) == (503, code)
        assert (answer.json()["retryable"], answer.headers["retry-after"]) == (True, "1")
        assert "user:pass" not in answer.text
    assert shop.stage.sent == []


async def test_a_damaged_record_is_told_and_acted_upon_by_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def append(*_: object, **__: object) -> Appended:
        return Appended(revision=7, position=9)  # a deleted stream that goes on counting

    monkeypatch.setattr(shop.store, "append", append)
    answer = await shop.post("/v1/payments", CREATE, key="k1")

    assert (answer.status_code, answer.json()["code"]) == (503, "history_damaged")
    assert not answer.json()["retryable"]
    assert shop.stage.sent == []


async def test_the_unexpected_is_a_500_that_only_the_log_explains(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret plan")

    monkeypatch.setattr(shop.store, "append", broken)
    with caplog.at_level(logging.ERROR):
        answer = await shop.post("/v1/payments", CREATE, key="k1")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret plan" not in answer.text
    assert answer.headers["request-id"] in caplog.text
    assert "secret plan" in caplog.text


def test_every_failure_in_the_table_is_a_problem_document() -> None:
    for failure, kind in TABLE.items():
        blank = failure.__new__(failure)
        answer = response_to(blank, "req_1")
        body = json.loads(bytes(answer.body))
        assert schemas.Problem.model_validate(body).code == kind.code
        assert answer.status_code == kind.status
        if kind.status in (429, 503):
            assert answer.headers["retry-after"].isdecimal()
