"""What every gateway must do that declares idempotent keys, look-up and cancellation by key.

A subclass brings two fixtures: `gateway`, new and knowing the simulator's magic tokens, and
`settle`, which makes final what is pending.
"""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from adapters.clocks import elapsed
from adapters.gateways.gate import NO_DAY
from application.ports.gateways import Gateway, GatewaySilent, Timing, TooLateToSend
from domain.gateway.answers import (
    Absent,
    Authorized,
    Blocked,
    Captured,
    Declined,
    Done,
    NotProcessed,
    Pending,
)
from domain.money import Money
from tests.gateways.building import (
    PATIENCE_S,
    ask,
    charge_request,
    never_late,
    operation_request,
    timing,
)

Settle = Callable[[], None]


class ChargeContract:
    async def test_a_charge_is_captured_and_found_by_key(self, gateway: Gateway) -> None:
        request = charge_request()
        answer = await ask(gateway, request)
        assert isinstance(answer, Captured)
        assert answer.amount == Money(5_000, "INR")
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert found == answer

    async def test_a_hold_is_authorized(self, gateway: Gateway) -> None:
        answer = await ask(gateway, charge_request(capture=False))
        assert isinstance(answer, Authorized)
        assert answer.amount == Money(5_000, "INR")

    async def test_a_decline_says_why(self, gateway: Gateway) -> None:
        request = charge_request("tok_insufficient_funds")
        answer = await ask(gateway, request)
        assert isinstance(answer, Declined)
        assert (answer.code, answer.network_code) == ("insufficient_funds", "51")
        assert answer.advice == "try_again_later"
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert found == answer

    async def test_a_definite_no_leaves_nothing_behind(self, gateway: Gateway) -> None:
        request = charge_request("tok_not_processed")
        answer = await ask(gateway, request)
        assert isinstance(answer, NotProcessed)
        assert (answer.code, answer.transient) == ("unavailable", True)
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert found == Absent()

    async def test_other_exponents_pass_unchanged(self, gateway: Gateway) -> None:
        yen = await ask(gateway, charge_request(amount=500, currency="JPY"))
        dinar = await ask(gateway, charge_request(amount=1_500, currency="BHD"))
        assert isinstance(yen, Captured)
        assert isinstance(dinar, Captured)
        assert (yen.amount, dinar.amount) == (Money(500, "JPY"), Money(1_500, "BHD"))

    async def test_what_comes_too_late_is_not_sent(self, gateway: Gateway) -> None:
        request = charge_request()
        with pytest.raises(TooLateToSend):
            await ask(gateway, request, when=timing(send_before_s=-0.001))
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert found == Absent()


class KeyContract:
    async def test_the_same_key_always_gets_the_same_charge(self, gateway: Gateway) -> None:
        request = charge_request()
        first = await ask(gateway, request)
        again = [await ask(gateway, request) for _ in range(3)]
        assert again == [first] * 3

    async def test_many_sends_of_one_key_at_once_charge_once(self, gateway: Gateway) -> None:
        prepared = gateway.prepare(charge_request())
        when = Timing(
            send_before=elapsed() + PATIENCE_S, not_after=NO_DAY, answer_within_s=PATIENCE_S
        )
        sends = (gateway.send(prepared, timing=when, late=never_late) for _ in range(20))
        answers = await asyncio.gather(*sends, return_exceptions=True)
        # While one is in flight the others may learn nothing, but never of a second charge.
        known = [answer for answer in answers if not isinstance(answer, GatewaySilent)]
        assert len(set(map(str, known))) == 1
        found = await gateway.look_up(prepared.key, kind="charge", timeout_s=PATIENCE_S)
        assert known[0] == found

    async def test_a_key_with_another_body_is_refused(self, gateway: Gateway) -> None:
        request = charge_request()
        first = await ask(gateway, request)
        other = await ask(gateway, charge_request(amount=1, key=request.key))
        assert isinstance(other, NotProcessed)
        assert (other.code, other.transient) == ("key_reused", False)
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert found == first

    async def test_an_unknown_key_is_absent(self, gateway: Gateway) -> None:
        for kind in ("charge", "capture", "void", "refund"):
            assert await gateway.look_up(uuid4(), kind=kind, timeout_s=PATIENCE_S) == Absent()

    async def test_a_canceled_key_can_never_be_charged(self, gateway: Gateway) -> None:
        request = charge_request()
        assert await gateway.cancel(request.key, timeout_s=PATIENCE_S) == Blocked()
        assert await gateway.cancel(request.key, timeout_s=PATIENCE_S) == Blocked()
        answer = await ask(gateway, request)
        assert isinstance(answer, NotProcessed)
        assert (answer.code, answer.transient) == ("key_canceled", False)
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert found == Absent()

    async def test_cancelling_what_was_charged_tells_of_the_charge(self, gateway: Gateway) -> None:
        captured, declined = charge_request(), charge_request("tok_do_not_honor")
        for request in (captured, declined):
            answer = await ask(gateway, request)
            assert await gateway.cancel(request.key, timeout_s=PATIENCE_S) == answer


class PendingContract:
    async def test_a_look_up_tells_how_a_pending_charge_ended(
        self, gateway: Gateway, settle: Settle
    ) -> None:
        captured = charge_request("tok_pending_captured")
        declined = charge_request("tok_pending_declined")
        answers = [await ask(gateway, request) for request in (captured, declined)]
        assert [type(answer) for answer in answers] == [Pending, Pending]
        settle()
        good = await gateway.look_up(captured.key, kind="charge", timeout_s=PATIENCE_S)
        bad = await gateway.look_up(declined.key, kind="charge", timeout_s=PATIENCE_S)
        assert isinstance(good, Captured)
        assert good.reference == answers[0].reference  # type: ignore[union-attr]
        assert isinstance(bad, Declined)
        assert bad.code == "do_not_honor"
        assert await ask(gateway, captured) == good

    async def test_cancelling_a_pending_charge_declines_it_for_good(
        self, gateway: Gateway, settle: Settle
    ) -> None:
        request = charge_request("tok_pending_captured")
        assert isinstance(await ask(gateway, request), Pending)
        canceled = await gateway.cancel(request.key, timeout_s=PATIENCE_S)
        assert isinstance(canceled, Declined)
        settle()
        found = await gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
        assert isinstance(found, Declined)


class OperationContract:
    async def test_a_hold_is_captured_in_parts_and_the_rest_voided(self, gateway: Gateway) -> None:
        hold = await ask(gateway, charge_request(capture=False))
        assert isinstance(hold, Authorized)
        parts = [("capture", 2_000), ("capture", 1_000), ("void", 2_000)]
        for kind, amount in parts:
            request = operation_request(kind, hold.reference, amount)
            answer = await ask(gateway, request)
            assert isinstance(answer, Done)
            assert answer.amount == Money(amount, "INR")
            found = await gateway.look_up(request.key, kind=kind, timeout_s=PATIENCE_S)
            assert found == answer
        over = await ask(gateway, operation_request("capture", hold.reference, 1))
        assert isinstance(over, NotProcessed)
        assert not over.transient

    async def test_no_more_is_captured_than_is_held(self, gateway: Gateway) -> None:
        hold = await ask(gateway, charge_request(capture=False))
        assert isinstance(hold, Authorized)
        over = await ask(gateway, operation_request("capture", hold.reference, 5_001))
        assert isinstance(over, NotProcessed)
        assert (over.code, over.transient) == ("amount_too_large", False)
        whole = await ask(gateway, operation_request("capture", hold.reference, 5_000))
        assert isinstance(whole, Done)

    async def test_no_more_is_refunded_than_was_captured(self, gateway: Gateway) -> None:
        charge = await ask(gateway, charge_request())
        assert isinstance(charge, Captured)
        refunds = [
            await ask(gateway, operation_request("refund", charge.reference, amount))
            for amount in (3_000, 3_000, 2_000)
        ]
        assert [type(answer) for answer in refunds] == [Done, NotProcessed, Done]

    async def test_the_same_key_refunds_once(self, gateway: Gateway) -> None:
        charge = await ask(gateway, charge_request())
        assert isinstance(charge, Captured)
        request = operation_request("refund", charge.reference, 5_000)
        answers = [await ask(gateway, request) for _ in range(3)]
        assert isinstance(answers[0], Done)
        assert answers == [answers[0]] * 3

    async def test_operations_at_once_keep_the_bound(self, gateway: Gateway) -> None:
        charge = await ask(gateway, charge_request())
        assert isinstance(charge, Captured)
        answers = await asyncio.gather(
            *(ask(gateway, operation_request("refund", charge.reference, 1_000)) for _ in range(9))
        )
        assert [type(answer) for answer in answers].count(Done) == 5

    async def test_an_operation_on_an_unknown_charge_is_refused(self, gateway: Gateway) -> None:
        answer = await ask(gateway, operation_request("refund", "ch/no such?", 1))
        assert isinstance(answer, NotProcessed)
        assert (answer.code, answer.transient) == ("no_such_charge", False)

    async def test_the_key_of_a_charge_is_no_key_for_its_refund(self, gateway: Gateway) -> None:
        request = charge_request()
        charge = await ask(gateway, request)
        assert isinstance(charge, Captured)
        answer = await ask(
            gateway, operation_request("refund", charge.reference, 5_000, key=request.key)
        )
        assert isinstance(answer, NotProcessed)
        assert answer.code == "key_reused"


class GatewayContract(ChargeContract, KeyContract, PendingContract, OperationContract):
    """All of it."""

    async def test_the_same_request_gives_the_same_bytes(self, gateway: Gateway) -> None:
        request = charge_request()
        one, other = gateway.prepare(request), gateway.prepare(request)
        assert one == other
        assert one.key == request.key
        assert gateway.prepare(charge_request(key=request.key)).digest != one.digest
