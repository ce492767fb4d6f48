"""Signed notices: what is told, how it is signed, how often it is tried."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from adapters.simulator import Simulator, SimulatorSettings
from adapters.simulator.notices import TRIES_MAX, WORKERS, secret_bytes, signed_headers
from tests.simulator.caller import Caller, Json, NoAnswer, eventually

KEY = b"0123456789abcdef01234567"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Merchant:
    """Receives notices, answers with ``status``, keeps what verified."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.paths: list[str] = []
        self.bodies: list[Json] = []
        self.ids: list[str] = []

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        name, at_s = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        content = b".".join((name.encode(), at_s.encode(), body))
        digest = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{digest}"
        self.paths.append(request.path)
        self.ids.append(name)
        self.bodies.append(json.loads(body))
        return web.Response(status=self.status)


@pytest.fixture
async def merchant() -> AsyncIterator[Merchant]:
    receiving = Merchant()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiving.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield receiving
    await runner.cleanup()


@pytest.fixture
async def simulator(settings: SimulatorSettings, merchant: Merchant) -> AsyncIterator[Simulator]:
    told = replace(settings, notify_url=merchant.url, notify_secret=SECRET, notify_retry_s=0.0001)
    async with Simulator(told) as running:
        yield running


async def test_pending_that_became_final_is_told(caller: Caller, merchant: Merchant) -> None:
    charge = (await caller.charge(method_token="tok_pending_captured")).body
    assert merchant.bodies == []
    await caller.release()
    await eventually(lambda: len(merchant.bodies) == 1)
    assert merchant.paths == ["/v1/webhooks/stripe"]
    assert merchant.bodies[0] == {
        "id": f"evt_{charge['id']}_captured",
        "type": "charge.captured",
        "reference": charge["id"],
        "gateway": "stripe",
        "key": "k1",
        "charge_id": charge["id"],
        "payment_id": "payment-1",
        "status": "captured",
        "amount": 10_000,
        "currency": "INR",
        "account": "acct_stripe",
    }


async def test_a_refund_is_told_under_its_own_key(caller: Caller, merchant: Merchant) -> None:
    charge = (await caller.charge()).body["id"]
    await caller.operate("refunds", charge, "r1", 300)
    await eventually(lambda: len(merchant.bodies) == 1)
    told = merchant.bodies[0]
    assert (told["type"], told["key"], told["amount"]) == ("refund.succeeded", "r1", 300)
    assert told["charge_id"] == charge


@pytest.mark.parametrize("token", ["tok_lost_charged", "tok_error_charged"])
async def test_what_the_answer_did_not_tell_is_told(
    caller: Caller, merchant: Merchant, token: str
) -> None:
    try:
        await caller.charge(method_token=token)
    except NoAnswer:
        assert token == "tok_lost_charged"
    await eventually(lambda: len(merchant.bodies) == 1)
    assert merchant.bodies[0]["type"] == "charge.captured"


async def test_an_answered_charge_is_not_told(caller: Caller, merchant: Merchant) -> None:
    await caller.charge("k1")
    await caller.charge("k2", method_token="tok_pending_declined")
    await caller.release()
    await eventually(lambda: len(merchant.bodies) == 1)
    assert merchant.bodies[0]["type"] == "charge.declined"


async def test_a_duplicated_notice_has_one_id(caller: Caller, merchant: Merchant) -> None:
    await caller.charge(method_token="tok_notice_twice")
    await caller.release()
    await eventually(lambda: len(merchant.ids) == 2)
    assert merchant.ids[0] == merchant.ids[1]


async def test_a_refused_notice_is_tried_a_bounded_number_of_times(
    simulator: Simulator, caller: Caller, merchant: Merchant
) -> None:
    merchant.status = 503
    await caller.charge(method_token="tok_pending_captured")
    await caller.release()
    await eventually(lambda: simulator.notices.counts.dropped == 1)
    assert len(merchant.ids) == TRIES_MAX
    assert len(set(merchant.ids)) == 1


async def test_a_refused_notice_holds_up_no_other(
    settings: SimulatorSettings, merchant: Merchant
) -> None:
    told = replace(settings, notify_url=merchant.url, notify_secret=SECRET, notify_retry_s=1e6)
    async with Simulator(told) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        merchant.status = 503
        for number in range(WORKERS):
            await caller.charge(f"k{number}", method_token="tok_pending_captured")
        await caller.release()
        await eventually(lambda: len(merchant.ids) == WORKERS)
        merchant.status = 200
        await caller.charge("last", method_token="tok_pending_captured")
        await caller.release()
        await eventually(lambda: simulator.notices.counts.sent == 1)


async def test_a_url_may_name_the_gateway_itself(
    settings: SimulatorSettings, merchant: Merchant
) -> None:
    url = merchant.url + "/hooks/{gateway}/in"
    told = replace(settings, notify_url=url, notify_secret=SECRET)
    async with Simulator(told) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        await caller.charge(method_token="tok_pending_captured")
        await caller.release()
        await eventually(lambda: simulator.notices.counts.sent == 1)
    assert merchant.paths == ["/hooks/stripe/in"]


def test_the_signature_is_that_of_the_published_example() -> None:
    # The worked example of the Standard Webhooks libraries.
    headers = signed_headers(
        secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["abc", "whsec_", "whsec_***", None])
def test_notices_need_a_well_formed_secret(settings: SimulatorSettings, secret: str | None) -> None:
    with pytest.raises(ValueError, match="secret"):
        Simulator(replace(settings, notify_url="http://127.0.0.1:1", notify_secret=secret))


async def test_what_was_moved_by_hand_is_told(caller: Caller, merchant: Merchant) -> None:
    charge = (await caller.charge()).body
    body = {"charge_id": charge["id"], "kind": "refund", "amount": 400}
    moved = (await caller.post("/_control/stripe/by_hand", body)).body
    await eventually(lambda: len(merchant.bodies) == 1)
    (told,) = merchant.bodies
    assert (told["type"], told["reference"]) == ("refund.succeeded", moved["id"])
    assert (told["charge_id"], told["amount"]) == (charge["id"], 400)
