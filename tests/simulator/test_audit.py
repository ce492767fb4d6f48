"""The audit finds what the books say, whatever the simulator believes."""

import json
from pathlib import Path

import aiohttp
import pytest

from adapters.simulator import Simulator, SimulatorSettings
from adapters.simulator.audit import BooksUnreadable, audit, lines, main
from tests.simulator.caller import Caller
from tests.simulator.test_books import filled


async def booked_twice(settings: SimulatorSettings) -> tuple[str, str]:
    """One payment charged at two gateways; the ids of both charges."""
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        first = (await caller.charge("k1", gateway="stripe")).body["id"]
        second = (await caller.charge("k2", gateway="hdfc", capture=False)).body["id"]
        await caller.charge("k3", payment_id="payment-2")
        await caller.charge("k4", payment_id="payment-2", method_token="tok_do_not_honor")
        return str(first), str(second)


async def test_a_planted_double_charge_is_found(settings: SimulatorSettings) -> None:
    first, second = await booked_twice(settings)
    found = audit(settings.books)
    assert found.double_charges == ["payment-1"]
    payment = found.payments["payment-1"]
    assert {charge.id for charge in payment.charges} == {first, second}
    assert (payment.net, payment.held) == ({"INR": 10_000}, {"INR": 10_000})
    assert not found.payments["payment-2"].double
    assert any(first in line for line in lines(found))


@pytest.mark.parametrize("undo", ["refunds", "void"])
async def test_a_double_charge_that_was_undone_is_none(
    settings: SimulatorSettings, undo: str
) -> None:
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        await caller.charge("k1", gateway="razorpay")
        second = (await caller.charge("k2", capture=undo == "refunds")).body["id"]
        await caller.operate(undo, second, "u1", 9_999)
        assert audit(settings.books).double_charges == ["payment-1"]
        await caller.operate(undo, second, "u2", 1)
    found = audit(settings.books)
    assert found.double_charges == []
    assert found.totals.net == {"INR": 10_000}


async def test_a_forgotten_key_shows_as_a_double_charge(settings: SimulatorSettings) -> None:
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        await caller.control(idempotent_keys=False)
        await caller.charge("k1")
        await caller.charge("k1")
    assert audit(settings.books).double_charges == ["payment-1"]


async def test_the_audit_agrees_with_the_running_simulator(settings: SimulatorSettings) -> None:
    told = await filled(settings)
    found = audit(settings.books)
    sums = told["sums"]["stripe"]["sums"]["INR"]
    assert found.totals.net == {"INR": sums["captured"] - sums["refunded"]}
    assert found.totals.held == {}
    assert found.totals.pending == told["sums"]["stripe"]["pending"] == 1
    assert found.totals.declined == 1
    by_id = {charge["id"]: charge for charge in told["books"]}
    for charge in found.payments["payment-1"].charges:
        for member in ("status", "captured", "voided", "refunded"):
            assert getattr(charge, member) == by_id[charge.id][member]


async def test_a_pending_refund_has_not_given_money_back(settings: SimulatorSettings) -> None:
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        charge = (await caller.charge(method_token="tok_refund_pending")).body["id"]
        await caller.operate("refunds", charge, "r1")
        assert audit(settings.books).totals.net == {"INR": 10_000}
        await caller.release()
        assert audit(settings.books).totals.net == {}


async def test_a_torn_line_is_counted_and_left_out(settings: SimulatorSettings) -> None:
    await booked_twice(settings)
    with (settings.books / "stripe.jsonl").open("ab") as file:
        file.write(b'{"type":"char')
    found = audit(settings.books)
    assert (found.totals.torn_lines, found.totals.charges) == (1, 4)


@pytest.mark.parametrize("line", [b"{", b'{"type":"poem"}', b'{"type":"charge"}'])
def test_a_broken_line_is_named(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "stripe.jsonl").write_bytes(line + b"\n")
    with pytest.raises(BooksUnreadable, match=r"stripe\.jsonl, line 1"):
        audit(tmp_path)


async def test_the_command(
    settings: SimulatorSettings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "holds no books" in capsys.readouterr().err
    await booked_twice(settings)
    assert main([str(settings.books)]) == 1
    assert "double charges: 1" in capsys.readouterr().out
    assert main([str(settings.books), "--payment", "payment-2"]) == 0
    assert capsys.readouterr().out.startswith("payment-2: net {'INR': 10000}, held {}")
    assert main([str(settings.books), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["double_charges"] == ["payment-1"]
