"""Both clocks are looked at in the last moment: one may be set back, the other may stand still."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from adapters import clocks
from adapters.clocks import elapsed, utc_now
from adapters.gateways.http import HttpGateway
from adapters.gateways.instant import InstantGateway
from application.ports.gateways import Timing, TooLateToSend
from domain.gateway.answers import Captured
from tests.gateways.building import PATIENCE_S, charge_request, never_late
from tests.gateways.stub import Stub

SLEPT = timedelta(minutes=5)


def asleep_after(looks: int) -> Callable[[], datetime]:
    """A wall clock: the machine is suspended when it was looked at so often, and wakes later."""
    begun, seen = utc_now(), 0

    def now() -> datetime:
        nonlocal seen
        seen += 1
        return begun + (SLEPT if seen > looks else timedelta())

    return now


def standing_still() -> float:
    return 1_000.0


def timing(now: datetime) -> Timing:
    return Timing(
        send_before=standing_still() + 2.0,
        not_after=now + timedelta(seconds=2),
        answer_within_s=PATIENCE_S,
    )


@pytest.mark.parametrize("looks", [0, 1])
async def test_a_suspended_machine_sends_nothing_when_it_wakes(stub: Stub, looks: int) -> None:
    """The monotonic clock stood still, and a charge left minutes after others could take it over.
    The second look is the one right before the first byte."""
    gateway = HttpGateway(stub.settings(), monotonic=standing_still, now=asleep_after(looks))
    with pytest.raises(TooLateToSend):
        await gateway.send(
            gateway.prepare(charge_request()), timing=timing(utc_now()), late=never_late
        )
    assert (stub.bytes_received, stub.requests) == (0, [])
    await gateway.aclose()


async def test_a_clock_on_the_wall_that_is_set_back_opens_no_gate(stub: Stub) -> None:
    def set_back() -> datetime:
        return utc_now() - timedelta(hours=1)

    gateway = HttpGateway(stub.settings(), monotonic=lambda: 1_003.0, now=set_back)
    with pytest.raises(TooLateToSend):
        await gateway.send(
            gateway.prepare(charge_request()), timing=timing(utc_now()), late=never_late
        )
    assert stub.bytes_received == 0
    await gateway.aclose()


async def test_what_is_in_time_by_both_is_sent(stub: Stub) -> None:
    gateway = HttpGateway(stub.settings(), monotonic=standing_still)
    answer = await gateway.send(
        gateway.prepare(charge_request()), timing=timing(utc_now()), late=never_late
    )
    assert isinstance(answer, Captured)
    await gateway.aclose()


async def test_the_gateway_in_this_process_looks_at_both(stub: Stub) -> None:
    gateway = InstantGateway(stub.settings(), monotonic=standing_still, now=asleep_after(0))
    with pytest.raises(TooLateToSend):
        await gateway.send(
            gateway.prepare(charge_request()), timing=timing(utc_now()), late=never_late
        )


def test_the_clock_that_goes_on_counts_the_sleep_where_there_is_one_that_does() -> None:
    which = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    assert which == clocks._GOES_ON
    before = time.clock_gettime(which)
    assert before <= elapsed() <= time.clock_gettime(which)
