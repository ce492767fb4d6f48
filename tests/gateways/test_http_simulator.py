"""The HTTP gateway over the simulator: the contract, and what only a network can do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest

from adapters.gateways.examples import simulator_gateways
from adapters.gateways.http import HttpGateway
from adapters.gateways.registry import ConfiguredGateways
from adapters.simulator.profiles import PROFILES
from adapters.simulator.server import Simulator
from adapters.simulator.settings import SimulatorSettings
from application.ports.gateways import (
    ChargeRequest,
    Gateway,
    GatewaySilent,
    LateAnswer,
    NotOffered,
)
from domain.gateway.answers import (
    Absent,
    Answer,
    Authorized,
    Blocked,
    Captured,
    Declined,
    Done,
    NotProcessed,
)
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request, timing
from tests.gateways.contract import GatewayContract, Settle
from tests.gateways.jumping import jump

GATEWAY = "razorpay"
RELEASED_S = 100 * PATIENCE_S  # nothing comes late before a test releases it


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[Simulator]:
    settings = SimulatorSettings(
        books=tmp_path, latency_scale=0, late_s=RELEASED_S, settle_s=RELEASED_S
    )
    async with Simulator(settings) as simulator:
        yield simulator


@pytest.fixture
async def gateway(simulator: Simulator) -> AsyncIterator[Gateway]:
    settings = next(one for one in simulator_gateways(simulator.url) if one.name == GATEWAY)
    gateway = HttpGateway(settings)
    yield gateway
    await gateway.aclose()


@pytest.fixture
def settle(simulator: Simulator) -> Settle:
    return lambda: simulator.release(GATEWAY)


class TestHttpGatewayOverTheSimulator(GatewayContract):
    """The fixtures are this module's."""


def booked(simulator: Simulator, payment: UUID) -> int:
    """How many charges the gateway's own books hold for the payment."""
    return len(simulator.desks[GATEWAY].books.charges_of(str(payment)))


async def until(it_is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not it_is_so():  # noqa: ASYNC110 - the simulator tells nobody
            await asyncio.sleep(0.005)


async def silence(
    simulator: Simulator, gateway: Gateway, request: ChargeRequest, late: LateAnswer
) -> None:
    """Its time to answer is over when the gateway has the request."""
    when = timing(answer_within_s=PATIENCE_S, late_answer_within_s=RELEASED_S)
    asking = asyncio.create_task(ask(gateway, request, when=when, late=late))
    await until(lambda: simulator.desks[GATEWAY].holds.held > 0)
    jump(PATIENCE_S)
    with pytest.raises(GatewaySilent):
        await asking


@pytest.mark.parametrize(
    ("token", "charges"),
    [
        ("tok_error_charged", 1),
        ("tok_error_not_charged", 0),
        ("tok_lost_charged", 1),
        ("tok_lost_not_charged", 0),
        ("tok_unreadable", 1),
    ],
)
async def test_silence_is_told_and_a_look_up_finds_the_truth(
    simulator: Simulator, gateway: Gateway, token: str, charges: int
) -> None:
    request = charge_request(token)
    with pytest.raises(GatewaySilent):
        await ask(gateway, request)
    assert booked(simulator, request.payment) == charges
    found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
    assert isinstance(found, Captured if charges else Absent)
    if token != "tok_unreadable":
        assert isinstance(await ask(gateway, request), Captured)
    assert booked(simulator, request.payment) == 1


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
async def test_a_lost_answer_of_an_operation_is_found_by_key(gateway: Gateway, kind: str) -> None:
    charge = await ask(gateway, charge_request(f"tok_{kind}_lost", capture=kind == "refund"))
    assert isinstance(charge, Captured | Authorized)
    request = operation_request(kind, charge.reference, 5_000)
    with pytest.raises(GatewaySilent):
        await ask(gateway, request)
    found = await gateway.look_up(request.key, kind=kind, timeout_s=PATIENCE_S)
    assert isinstance(found, Done)


async def test_a_late_answer_is_handed_over(simulator: Simulator, gateway: Gateway) -> None:
    come: asyncio.Queue[Answer] = asyncio.Queue()
    request = charge_request("tok_late_charged")
    await silence(simulator, gateway, request, come.put)
    assert come.empty()
    simulator.release(GATEWAY)
    async with asyncio.timeout(PATIENCE_S):
        answer = await come.get()
    assert isinstance(answer, Captured)
    found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
    assert found == answer


async def test_a_late_definite_no_is_handed_over_too(
    simulator: Simulator, gateway: Gateway
) -> None:
    come: asyncio.Queue[Answer] = asyncio.Queue()
    request = charge_request("tok_late_not_charged")
    await silence(simulator, gateway, request, come.put)
    simulator.release(GATEWAY)
    async with asyncio.timeout(PATIENCE_S):
        assert isinstance(await come.get(), NotProcessed)


async def test_while_one_is_in_flight_a_repeat_and_a_look_up_prove_nothing(
    simulator: Simulator, gateway: Gateway
) -> None:
    request = charge_request("tok_late_booked")
    first = asyncio.create_task(ask(gateway, request))
    await until(lambda: simulator.desks[GATEWAY].busy > 0)
    found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
    assert found == Absent()
    assert not gateway.capabilities.absence_final
    with pytest.raises(GatewaySilent):
        await ask(gateway, request)
    simulator.release(GATEWAY)
    assert isinstance(await first, Captured)
    assert booked(simulator, request.payment) == 1


async def test_cancelling_what_is_in_flight_keeps_it_from_being_charged(
    simulator: Simulator, gateway: Gateway
) -> None:
    request = charge_request("tok_late_booked")
    first = asyncio.create_task(ask(gateway, request))
    await until(lambda: simulator.desks[GATEWAY].busy > 0)
    assert await gateway.cancel(request.key, timeout_s=PATIENCE_S) == Blocked()
    simulator.release(GATEWAY)
    assert isinstance(await first, NotProcessed)
    assert booked(simulator, request.payment) == 0


async def test_throttling_says_when_to_come_back(gateway: Gateway) -> None:
    answer = await ask(gateway, charge_request("tok_throttled"))
    assert isinstance(answer, NotProcessed)
    assert (answer.code, answer.transient, answer.retry_after_s) == ("throttled", True, 1.0)


async def test_another_amount_is_reported_as_the_gateway_says_it(gateway: Gateway) -> None:
    answer = await ask(gateway, charge_request("tok_amount_differs"))
    assert isinstance(answer, Captured)
    assert answer.amount.amount == 5_100


async def test_maintenance_is_a_definite_no_but_a_closed_connection_is_silence(
    simulator: Simulator, gateway: Gateway
) -> None:
    simulator.control(GATEWAY, outage="maintenance")
    answer = await ask(gateway, charge_request())
    assert isinstance(answer, NotProcessed)
    assert answer.code == "maintenance"
    simulator.control(GATEWAY, outage="down", mode="close")
    with pytest.raises(GatewaySilent):
        await ask(gateway, charge_request())


async def test_a_look_up_during_an_outage_learns_nothing(
    simulator: Simulator, gateway: Gateway
) -> None:
    request = charge_request()
    simulator.control(GATEWAY, outage="maintenance")
    with pytest.raises(GatewaySilent):
        await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
    with pytest.raises(GatewaySilent):
        await gateway.cancel(request.key, timeout_s=PATIENCE_S)


async def test_what_the_gateway_has_stopped_offering_is_told(
    simulator: Simulator, gateway: Gateway
) -> None:
    simulator.control(GATEWAY, look_up=False, cancel=False)
    key = charge_request().key
    with pytest.raises(NotOffered):
        await gateway.look_up(key, kind="charge", timeout_s=PATIENCE_S)
    with pytest.raises(NotOffered):
        await gateway.cancel(key, timeout_s=PATIENCE_S)


async def test_pending_and_declined_refunds(simulator: Simulator, gateway: Gateway) -> None:
    ends = {"tok_refund_pending": Done, "tok_refund_pending_declined": Declined}
    for token, end in ends.items():
        charge = await ask(gateway, charge_request(token))
        assert isinstance(charge, Captured)
        request = operation_request("refund", charge.reference, 5_000)
        await ask(gateway, request)
        simulator.release(GATEWAY)
        found = await gateway.look_up(request.key, kind="refund", timeout_s=PATIENCE_S)
        assert isinstance(found, end)


async def test_the_examples_are_the_simulators_gateways(simulator: Simulator) -> None:
    registry = ConfiguredGateways(simulator_gateways(simulator.url))
    assert set(registry.names()) == PROFILES.keys()
    for name in registry.names():
        gateway = registry.get(name)
        assert gateway.account == PROFILES[name].account
        assert gateway.endpoint == simulator.gateway_url(name)
        assert gateway.capabilities.methods == PROFILES[name].methods
        absent = await gateway.look_up(charge_request().key, kind="charge", timeout_s=PATIENCE_S)
        assert absent == Absent()
    await registry.aclose()


async def test_a_burst_beyond_the_pool_is_served_in_turn(simulator: Simulator) -> None:
    settings = simulator_gateways(simulator.url)[0].model_copy(update={"connections_max": 4})
    gateway = HttpGateway(settings)
    requests = [charge_request() for _ in range(100)]
    answers = await asyncio.gather(*(ask(gateway, request) for request in requests))
    assert {type(answer) for answer in answers} == {Captured}
    await gateway.aclose()
