"""The gateway in this process: the contract, and its bounds."""

import pytest

from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.instant import InstantGateway
from adapters.gateways.instant_books import BookedCharge, InstantBooks
from application.ports.gateways import Gateway, NotOffered
from domain.gateway.answers import Absent, Captured
from domain.money import Money
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request
from tests.gateways.contract import GatewayContract, Settle
from tests.support.offers import DECLARED

SETTINGS = GatewaySettings(
    name="instant", base_url="http://instant.invalid", account="acct_1",
    methods=frozenset({"card"}), cancel_by_key=True, **DECLARED,
)  # fmt: skip


class TestInstantGateway(GatewayContract):
    @pytest.fixture
    def gateway(self) -> Gateway:
        return InstantGateway(SETTINGS)

    @pytest.fixture
    def settle(self) -> Settle:
        return lambda: None  # a look-up settles


async def test_what_is_not_offered_is_refused() -> None:
    bare = InstantGateway(SETTINGS.model_copy(update={"look_up": False, "cancel_by_key": False}))
    request = charge_request()
    assert isinstance(await ask(bare, request), Captured)
    with pytest.raises(NotOffered):
        await bare.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
    with pytest.raises(NotOffered):
        await bare.cancel(request.key, timeout_s=PATIENCE_S)


async def test_the_oldest_charge_is_forgotten_with_all_that_was_done_to_it() -> None:
    gateway = InstantGateway(SETTINGS)
    gateway.books = InstantBooks(charges_max=2)
    first = charge_request()
    charge = await ask(gateway, first)
    assert isinstance(charge, Captured)
    refund = operation_request("refund", charge.reference, 1)
    await ask(gateway, refund)
    for _ in range(2):
        await ask(gateway, charge_request())
    assert len(gateway.books) == 2
    assert await gateway.look_up(first.key, kind="charge", timeout_s=0) == Absent()
    assert await gateway.look_up(refund.key, kind="refund", timeout_s=0) == Absent()


def test_a_charge_knows_what_may_still_be_moved() -> None:
    request = charge_request()
    charge = BookedCharge(
        key=request.key,
        digest="d",
        amount=request.amount,
        answer=Captured("ch_1", Money(5_000, "INR")),
    )
    InstantBooks().book(charge)
    assert (charge.room, charge.captured) == (0, 5_000)
