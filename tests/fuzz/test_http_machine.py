"""Any sequence of commands and questions over HTTP against the simplest model of the amounts:
refunds stay within captures, a repeat gets the same bytes, another merchant's payment is a 404."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from domain.api_versions import NEWEST, PUBLISHED
from tests.api.shop import CREATE
from tests.fuzz.amounts import Sums
from tests.fuzz.budget import ALWAYS, EXAMPLES, seeded
from tests.fuzz.world import open_world

STEPS: Final = 40
MERCHANTS: Final = ("alma", "basil")
merchants = st.sampled_from(MERCHANTS)
keys = st.sampled_from(["k1", "k2", "k3", '"k1"', "4111 1111 1111 1111"])
amounts = st.none() | st.integers(1, 120)
commands = st.sampled_from(["capture", "cancel", "refunds"])
versions = st.sampled_from([None, *PUBLISHED])
Asked = tuple[str, str, str]  # merchant, path, key


class Payments(RuleBasedStateMachine):
    known = Bundle("known")  # (merchant, id)

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        self.world = self.opened.enter_context(open_world())
        self.sums: dict[str, Sums] = {}
        self.owner: dict[str, str] = {}
        self.newest: dict[str, Any] = {}
        self.answered: dict[Asked, tuple[Any, httpx.Response]] = {}
        self.position = ""

    def teardown(self) -> None:
        self.opened.close()

    @initialize()
    def nothing_is_there(self) -> None:
        for merchant in MERCHANTS:
            assert self.get("/v1/payments", merchant).json()["data"] == []

    @rule(
        target=known,
        merchant=merchants,
        key=keys,
        amount=st.integers(1, 100),
        manual=st.booleans(),
        token=st.sampled_from(["tok_ok", "tok_ok", "tok_insufficient_funds"]),
        version=versions,
    )
    def create(
        self, merchant: str, key: str, amount: int, manual: bool, token: str, version: str | None
    ) -> Any:
        method = {"type": "card", "token": token}
        capture = "manual" if manual else "automatic"
        body = {**CREATE, "amount": amount, "capture_method": capture, "payment_method": method}
        answer = self.command(merchant, "/v1/payments", key, body, version)
        if answer is None:
            return multiple()
        told, declined = answer.json(), token != "tok_ok"
        assert answer.status_code == (402 if declined else 201)
        payment = told["payment"] if declined else told["id"]
        taken = 0 if declined else amount
        self.sums[payment] = Sums(held=taken) if manual else Sums(captured=taken)
        self.owner[payment] = merchant
        self.newest[payment] = self.get(f"/v1/payments/{payment}", merchant).json()
        return payment

    @rule(payment=known, name=commands, key=keys, amount=amounts, version=versions)
    def change(
        self, payment: str, name: str, key: str, amount: int | None, version: str | None
    ) -> None:
        body = {} if amount is None or name == "cancel" else {"amount": amount}
        path, owner = f"/v1/payments/{payment}", self.owner[payment]
        answer = self.command(owner, f"{path}/{name}", key, body, version)
        if answer is None:
            return
        done = self.sums[payment].change(name, body.get("amount"))
        good = 201 if name == "refunds" else 200
        assert answer.status_code == (good if done else 409), answer.text
        before, now = self.newest[payment], self.get(path, owner).json()
        assert now["revision"] > before["revision"]  # a refusal is a fact, too
        assert self.get(path, owner, as_of_revision=before["revision"]).json() == before
        self.newest[payment] = now

    @rule(payment=known, name=commands, key=keys, amount=amounts)
    def meddle(self, payment: str, name: str, key: str, amount: int | None) -> None:
        other = next(one for one in MERCHANTS if one != self.owner[payment])
        before = self.world.head()
        path = f"/v1/payments/{payment}"
        answer = self.post(other, f"{path}/{name}", key, {} if name == "cancel" else None)
        asked = [self.get(path + rest, other) for rest in ("", "/timeline", "/refunds")]
        assert {one.status_code for one in (answer, *asked)} == {404}
        assert self.world.head() == before

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        if self.answered:
            merchant, path, key = data.draw(st.sampled_from(sorted(self.answered)))
            body, _ = self.answered[merchant, path, key]
            assert self.command(merchant, path, key, body, data.draw(versions)) is None

    @rule(merchant=merchants)
    def list_them(self, merchant: str) -> None:
        if self.position:
            ours = [one for one in self.newest if self.owner[one] == merchant]
            listed = self.get("/v1/payments", merchant, limit=100, at_least=self.position)
            assert listed.json()["data"] == [self.newest[one] for one in reversed(ours)]

    @rule(payment=known)
    def tell_the_story(self, payment: str) -> None:
        path, at_least = f"/v1/payments/{payment}/timeline", self.position
        told = self.get(path, self.owner[payment], limit=100, at_least=at_least)
        revisions = [one["revision"] for one in told.json()["data"]]
        assert revisions == list(range(len(revisions)))
        assert len(revisions) == min(100, self.newest[payment]["revision"] + 1)

    @invariant()
    def what_is_told_is_what_was_done(self) -> None:
        for payment, sums in self.sums.items():
            told = self.newest[payment]
            assert told["amount_captured"] == sums.captured
            assert told["amount_capturable"] == sums.held
            assert told["amount_refunded"] == sums.refunded <= sums.captured <= told["amount"]
            assert sums.refunded == sum(one["amount"] for one in told["refunds"])

    def command(
        self, merchant: str, path: str, key: str, body: Any, version: str | None
    ) -> httpx.Response | None:
        """The answer to a new command; None where the key was used, which is checked here: the
        first answer comes again, whatever version is asked for."""
        before = self.world.head()
        answer = self.post(merchant, path, key, body, version)
        asked = (merchant, path, key.strip('"'))
        if asked not in self.answered:
            assert "idempotent-replayed" not in answer.headers
            assert answer.headers["interlock-version"] == (version or NEWEST)
            self.answered[asked] = (body, answer)
            self.position = answer.headers["interlock-position"]
            return answer
        first_body, first = self.answered[asked]
        assert self.world.head() == before
        if body == first_body:
            assert (answer.status_code, answer.content) == (first.status_code, first.content)
            assert answer.headers["idempotent-replayed"] == "true"
            assert answer.headers["interlock-version"] == first.headers["interlock-version"]
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        return None

    def post(
        self, merchant: str, path: str, key: str, body: Any, version: str | None = None
    ) -> httpx.Response:
        asked = self.world.shop.post(path, body, key=key, merchant=merchant, version=version)
        return self.world.run(asked)

    def get(self, path: str, merchant: str, **query: str | int) -> httpx.Response:
        return self.world.run(self.world.shop.get(path, merchant=merchant, version=None, **query))


@pytest.mark.slow
def test_any_sequence_of_requests() -> None:
    run = settings(ALWAYS, max_examples=max(1, EXAMPLES // 2), stateful_step_count=STEPS)
    run_state_machine_as_test(seeded(Payments), settings=run)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["capture", "cancel", "refund"])
def test_a_difference_would_be_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sums, name, lambda *_: True)
    run = settings(ALWAYS, max_examples=30, stateful_step_count=STEPS, phases=[Phase.generate])

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Payments, settings=run)
