"""Questions about payments: as they are, as they were, and only one's own."""

from __future__ import annotations

import pytest

from api.http import waiting
from api.http.schemas import (
    Attempt,
    Decision,
    Gateway,
    ListOf,
    Payment,
    Projection,
    Refund,
    TimelineEntry,
)
from api.http.tokens import At, payment_in_path, refund_cursor
from application.ports.event_store import StoreUnavailable
from domain.log import RecordedEvent
from tests.api.shop import CREATE, Shop, open_shop


async def test_a_payment_is_never_stale_for_the_one_who_wrote() -> None:
    async with open_shop(projecting=False) as shop:
        created = await shop.post("/v1/payments", CREATE, key="k1")
        payment = created.json()
        at = created.headers["interlock-position"]
        plain = await shop.get(f"/v1/payments/{payment['id']}")
        told = await shop.get(f"/v1/payments/{payment['id']}", at_least=at)

    assert plain.json() == told.json() == payment
    assert told.headers["interlock-position"] == at


async def test_a_payment_as_it_was(shop: Shop) -> None:
    payment = await shop.create("k1", capture_method="manual")
    path = f"/v1/payments/{payment['id']}"
    captured = (await shop.post(f"{path}/capture", key="k2")).json()

    then = await shop.get(path, as_of_revision=payment["revision"])
    before = await shop.get(path, as_of="2020-01-01T00:00:00Z")
    after = await shop.get(path, as_of="2100-01-01T00:00:00+05:30")
    beyond = await shop.get(path, as_of_revision=captured["revision"] + 1)

    assert then.json() == payment
    assert after.json() == captured
    assert [before.status_code, beyond.status_code] == [404, 404]


async def test_as_of_a_moment_between_two_facts(shop: Shop) -> None:
    payment = await shop.create("k1", capture_method="manual")
    path = f"/v1/payments/{payment['id']}"
    await shop.post(f"{path}/capture", key="k2")
    timeline = (await shop.get(f"{path}/timeline")).json()["data"]
    held_at = timeline[payment["revision"]]["at"]

    then = (await shop.get(path, as_of=held_at)).json()

    assert (then["status"], then["revision"]) == ("requires_capture", payment["revision"])


async def test_attempts_and_decision(shop: Shop) -> None:
    payment = await shop.create("k1")
    path = f"/v1/payments/{payment['id']}"
    attempts = ListOf[Attempt].model_validate((await shop.get(f"{path}/attempts")).json())
    decision = Decision.model_validate((await shop.get(f"{path}/decision")).json())

    assert [(one.kind, one.status) for one in attempts.data] == [("charge", "captured")]
    assert attempts.data[0].gateway == decision.order[0]
    assert {one.gateway for one in decision.candidates} >= set(decision.order)


async def test_the_timeline_is_complete_and_comes_in_pages(shop: Shop) -> None:
    created = await shop.post("/v1/payments", CREATE, key="k1")
    payment, at = created.json(), created.headers["interlock-position"]
    path = f"/v1/payments/{payment['id']}/timeline"
    whole = ListOf[TimelineEntry].model_validate((await shop.get(path, at_least=at)).json())
    first = (await shop.get(path, limit=2)).json()
    rest = (await shop.get(path, limit=100, cursor=first["next_cursor"])).json()

    assert [one.revision for one in whole.data] == list(range(payment["revision"] + 1))
    assert first["has_more"]
    assert [one["revision"] for one in first["data"] + rest["data"]] == [
        one.revision for one in whole.data
    ]
    assert rest["next_cursor"] is None
    assert "tok_ok" not in str(whole)


async def test_a_timeline_that_is_not_projected_in_time_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "WAIT_S", 0.01)
    async with open_shop(projecting=False) as shop:
        created = await shop.post("/v1/payments", CREATE, key="k1")
        path = f"/v1/payments/{created.json()['id']}/timeline"
        answer = await shop.get(path, at_least=created.headers["interlock-position"])

        listed = await shop.get("/v1/payments", at_least=created.headers["interlock-position"])
        stale = await shop.get(path)

    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_projected")
    assert answer.json()["retryable"]
    assert listed.status_code == 503
    assert (stale.status_code, stale.json()["data"]) == (200, [])


async def test_refunds_newest_first_in_pages(shop: Shop) -> None:
    payment = await shop.create("k1")
    path = f"/v1/payments/{payment['id']}/refunds"
    made = [(await shop.post(path, {"amount": 100}, key=f"r{one}")).json() for one in range(3)]
    first = ListOf[Refund].model_validate((await shop.get(path, limit=2)).json())
    assert first.next_cursor is not None
    rest = (await shop.get("/v1/refunds", payment=payment["id"], cursor=first.next_cursor)).json()
    strange = await shop.get(path, cursor=refund_cursor("re_" + "0" * 32))

    assert [one.id for one in first.data] == [made[2]["id"], made[1]["id"]]
    assert first.has_more
    assert [one["id"] for one in rest["data"]] == [made[0]["id"]]
    assert not rest["has_more"]
    assert strange.status_code == 400


async def test_payments_newest_first_in_pages_and_by_status(shop: Shop) -> None:
    made = [await shop.create(f"k{one}") for one in range(5)]
    held = await shop.post("/v1/payments", {**CREATE, "capture_method": "manual"}, key="held")
    await shop.create("theirs", merchant="basil")
    at = held.headers["interlock-position"]

    first = (await shop.get("/v1/payments", limit=4, at_least=at)).json()
    rest = (await shop.get("/v1/payments", limit=4, cursor=first["next_cursor"])).json()
    manual = (await shop.get("/v1/payments", status="requires_capture")).json()
    later = (await shop.get("/v1/payments", created_after=made[4]["created_at"])).json()

    ListOf[Payment].model_validate(first)
    newest_first = [held.json()["id"], *(one["id"] for one in reversed(made))]
    assert [one["id"] for one in first["data"] + rest["data"]] == newest_first
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    assert [one["id"] for one in manual["data"]] == [held.json()["id"]]
    assert [one["id"] for one in later["data"]] == [held.json()["id"]]


async def test_a_cursor_into_another_merchants_list_is_refused(shop: Shop) -> None:
    made = [await shop.post("/v1/payments", CREATE, key=f"k{one}") for one in range(2)]
    at = made[-1].headers["interlock-position"]
    page = (await shop.get("/v1/payments", limit=1, at_least=at)).json()
    answer = await shop.get("/v1/payments", merchant="basil", cursor=page["next_cursor"])

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


@pytest.mark.parametrize("rest", ["", "/attempts", "/decision", "/timeline", "/refunds"])
async def test_nobody_sees_another_merchants_payment(shop: Shop, rest: str) -> None:
    payment = await shop.create("k1", merchant="alma")
    path = f"/v1/payments/{payment['id']}{rest}"

    theirs = await shop.get(path, merchant="basil")
    unknown = await shop.get(f"/v1/payments/pay_{'0' * 32}{rest}", merchant="basil")

    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert (await shop.get("/v1/payments", merchant="basil")).json()["data"] == []
    of_theirs = await shop.get("/v1/refunds", merchant="basil", payment=payment["id"])
    assert of_theirs.status_code == 404


async def test_a_position_of_another_store_is_refused(shop: Shop) -> None:
    payment = await shop.create("k1")
    uuid = payment_in_path(payment["id"])
    at = At(store="elsewhere", position=1, payment=uuid, revision=1).encode()
    answers = [
        await shop.get(path, at_least=at)
        for path in (
            "/v1/payments",
            f"/v1/payments/{payment['id']}",
            f"/v1/payments/{payment['id']}/timeline",
            f"/v1/payments/{payment['id']}/attempts",
            f"/v1/payments/{payment['id']}/refunds",
        )
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {
        (400, "position_malformed")
    }


async def test_while_the_log_is_silent_the_row_is_given_unless_too_old(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await shop.post("/v1/payments", CREATE, key="k1")
    payment, at = created.json(), created.headers["interlock-position"]
    path = f"/v1/payments/{payment['id']}"
    await shop.get("/v1/payments", at_least=at)
    uuid = payment_in_path(payment["id"])
    newer = At(store="memory", position=99, payment=uuid, revision=payment["revision"] + 1)

    async def unavailable(*_: object, **__: object) -> list[RecordedEvent]:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(shop.store, "read_stream", unavailable)
    row = await shop.get(path)
    same = await shop.get(path, at_least=at)
    too_old = await shop.get(path, at_least=newer.encode())
    theirs = await shop.get(path, merchant="basil")

    assert row.json() == same.json() == payment
    assert too_old.status_code == theirs.status_code == 503
    assert too_old.headers["retry-after"] == "1"


async def test_gateways_show_what_they_offer_and_no_accounts(shop: Shop) -> None:
    created = await shop.post("/v1/payments", CREATE, key="k1")
    at = created.headers["interlock-position"]
    await shop.get("/v1/payments", at_least=at)
    answer = await shop.get("/v1/gateways")

    gateways = {one.name: one for one in ListOf[Gateway].model_validate(answer.json()).data}
    assert gateways["stripe"].methods == ["card"]
    assert "acct_" not in answer.text
    assert "simulator" not in answer.text


async def test_projections_show_their_lag_and_no_streams(shop: Shop) -> None:
    created = await shop.post("/v1/payments", CREATE, key="k1")
    await shop.get("/v1/payments", at_least=created.headers["interlock-position"])
    answer = await shop.get("/v1/projections")

    found = {one.name: one for one in ListOf[Projection].model_validate(answer.json()).data}
    status = found["payment_status"]
    assert (status.position, status.lag.events, status.parked) == (status.head, 0, 0)
    assert "payment-" not in answer.text
