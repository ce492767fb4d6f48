"""Two published versions at once: which of them answers a command, and in whose members a query
tells."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.http import answers
from api.http.openapi import VERSION_OF_DOCUMENT
from api.http.routes import payments
from api.http.schemas import Problem
from application.installation.in_force import FormatInForce
from application.payments import renderings
from application.payments.renderings import v2026_12_01
from application.payments.renderings.members import MEMBERS, told_in
from domain.api_versions import NEWEST as NEWEST_VERSION
from domain.api_versions import V2026_11_01, V2026_12_01
from domain.installation.formats import FIRST, NEWEST, Format
from domain.payment import view
from projections.payment_status import table
from tests.api.shop import CREATE, Shop, open_shop

OLD, OPEN = V2026_11_01, V2026_12_01
ADDED = {
    "refund": {"deferred", "amount_reversed"},
    "payment": {"movements"},
}  # members that only the open version has
HEADER: Final = "interlock-version"
Query = dict[str, Any]


@pytest.fixture
def _newer_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """The open version says something that 2026-11-01 did not."""
    known = view.payment_view

    def newer(payment: Any) -> dict[str, Any]:
        return {**known(payment), "new": "said"}

    for user in (payments, v2026_12_01, table):
        monkeypatch.setattr(user, "payment_view", newer)


async def has_new(shop: Shop, path: str, query: Query, version: str | None = None) -> bool:
    answer = await shop.get(path, version=version, **query)
    assert answer.status_code == 200
    told = answer.json()
    return "new" in (told["data"][0] if "data" in told else told)


@pytest.mark.usefixtures("_newer_member")
async def test_a_command_is_answered_by_the_version_of_its_first_event(shop: Shop) -> None:
    first = await shop.post("/v1/payments", CREATE, key="k1", version=OLD)
    other = await shop.post("/v1/payments", CREATE, key="k2", version=OPEN)
    assert ("new" in first.json(), "new" in other.json()) == (False, True)
    assert (first.headers[HEADER], other.headers[HEADER]) == (OLD, OPEN)

    for cached in (True, False):
        if not cached:
            await shop.hot.aclose()
        for version in (OLD, OPEN, None):
            again = await shop.post("/v1/payments", CREATE, key="k1", version=version)
            assert (again.content, again.headers[HEADER]) == (first.content, OLD)
            assert again.headers["idempotent-replayed"] == "true"
            again = await shop.post("/v1/payments", CREATE, key="k2", version=version)
            assert (again.content, again.headers[HEADER]) == (other.content, OPEN)
    assert len(shop.stage.sent) == 2


@pytest.mark.usefixtures("_newer_member")
async def test_each_command_of_a_payment_has_a_version_of_its_own(shop: Shop) -> None:
    held = await shop.create(capture_method="manual")
    path = f"/v1/payments/{held['id']}"

    capture = await shop.post(f"{path}/capture", {}, key="c1", version=OLD)
    refund = await shop.post(f"{path}/refunds", {"amount": 5}, key="r1", version=OLD)
    refused = await shop.post(f"{path}/capture", {}, key="c2", version=OLD)
    cancel = await shop.post(f"{path}/cancel", {}, key="x1", version=OPEN)

    answers = (capture, refund, refused, cancel)
    assert [one.headers[HEADER] for one in answers] == [OLD, OLD, OLD, OPEN]
    assert "new" not in capture.json()
    assert "new" in held


@pytest.mark.usefixtures("_newer_member")
async def test_a_query_tells_the_present_in_the_members_that_are_asked_for(shop: Shop) -> None:
    created = await shop.post("/v1/payments", CREATE, key="k1", version=OLD)
    path = f"/v1/payments/{created.json()['id']}"
    at = created.headers["interlock-position"]

    asked: tuple[tuple[str, Query], ...] = (
        (path, {}), (path, {"as_of_revision": 3}), ("/v1/payments", {"at_least": at}),
    )  # fmt: skip
    for where, query in asked:
        assert await has_new(shop, where, query)
        assert await has_new(shop, where, query, OPEN)
        assert not await has_new(shop, where, query, OLD)


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every object of the open version has grown a member: `object` is seen in every answer."""
    seen: set[str] = set()

    def more(version: str, body: dict[str, Any]) -> dict[str, Any]:
        seen.add(body["object"])
        return told_in(version, {**body, "new": "said"})

    monkeypatch.setattr(answers, "told_in", more)
    return seen


async def test_every_query_knows_the_members_of_every_version(shop: Shop, grown: set[str]) -> None:
    paid = await shop.create()
    at = (await shop.post(f"/v1/payments/{paid['id']}/refunds", {}, key="r")).headers
    one, at_least = f"/v1/payments/{paid['id']}", {"at_least": at["interlock-position"]}
    asked: tuple[tuple[str, Query], ...] = (
        (one, {}), ("/v1/payments", at_least), (f"{one}/attempts", {}), (f"{one}/decision", {}),
        (f"{one}/timeline", at_least), (f"{one}/refunds", {}),
        ("/v1/refunds", {"payment": paid["id"]}), ("/v1/gateways", {}), ("/v1/projections", {}),
    )  # fmt: skip
    for path, query in asked:
        newest = await shop.get(path, version=None, **query)
        old = await shop.get(path, version=OLD, **query)
        assert newest.status_code == 200, newest.text
        assert (newest.headers[HEADER], old.headers[HEADER]) == (OPEN, OLD)
        first, cut = (one.json().get("data", [one.json()])[0] for one in (newest, old))
        added = ADDED.get(cut["object"], set()) | {"new"}
        assert [name for name in first if name not in added] == list(cut), path
        assert added <= set(first), path
        assert list(cut) == list(MEMBERS[OLD][cut["object"]])
    assert grown == set(MEMBERS[OLD])


async def test_a_key_s_own_version_is_the_default(shop: Shop) -> None:
    older = await shop.core.merchants.issue_key("alma", actor="test", api_version=OLD)
    sent = {"Authorization": f"Bearer {older.text}", "Idempotency-Key": "k1"}

    created = await shop.client.post("/v1/payments", json=CREATE, headers=sent)
    listed = await shop.client.get("/v1/payments", headers=sent)
    chosen = await shop.client.get("/v1/payments", headers={**sent, HEADER: f" {OPEN}\t"})

    assert created.status_code == 201
    assert [one.headers[HEADER] for one in (created, listed, chosen)] == [OLD, OLD, OPEN]
    assert (await shop.get("/v1/payments")).headers[HEADER] == NEWEST_VERSION


async def test_while_the_format_is_lower_nothing_is_recorded_in_a_newer_version() -> None:
    in_force = FormatInForce(Format(FIRST))
    async with open_shop(in_force=in_force) as shop:
        kept = await shop.post("/v1/payments", CREATE, key="k1")
        before = await shop.log()
        refused = await shop.post("/v1/payments", CREATE, key="k2", version=OPEN)
        assert await shop.log() == before
        asked = await shop.get(f"/v1/payments/{kept.json()['id']}", version=OPEN)

        in_force.adopt(NEWEST)
        granted = await shop.post("/v1/payments", CREATE, key="k2", version=OPEN)

    assert (kept.status_code, kept.headers[HEADER]) == (201, OLD)
    assert refused.status_code == 503
    problem = Problem.model_validate(refused.json())
    assert (problem.code, problem.retryable) == ("format_too_low", True)
    assert (asked.status_code, asked.headers[HEADER]) == (200, OPEN)
    assert (granted.status_code, granted.headers[HEADER]) == (201, OPEN)


async def test_an_answer_of_a_version_that_only_newer_processes_know_is_not_guessed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.create("k1")
    await shop.hot.aclose()
    known = {OLD: renderings.RENDERINGS[OLD]}
    monkeypatch.setattr(renderings, "RENDERINGS", known)

    again = await shop.post("/v1/payments", CREATE, key="k1")

    assert (again.status_code, again.json()["code"]) == (503, "newer_version_needed")


async def test_the_document_describes_the_newest_version_and_names_the_header(shop: Shop) -> None:
    document = (await shop.client.get("/openapi.json")).json()

    assert document["info"]["version"] == VERSION_OF_DOCUMENT
    for path, methods in document["paths"].items():
        for operation in methods.values():
            asked = [one for one in operation.get("parameters", ()) if one["in"] == "header"]
            takes = "Interlock-Version" in {one["name"] for one in asked}
            assert takes == ("security" not in operation), path
            told = [one for status, one in operation["responses"].items() if status < "300"]
            assert all(("Interlock-Version" in one.get("headers", {})) == takes for one in told), (
                path
            )
