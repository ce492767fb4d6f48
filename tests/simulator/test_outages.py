"""Scripted outages through the control endpoint, and what they leave in the books."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.simulator import Simulator, SimulatorSettings
from adapters.simulator.chance import Draws, draws_for
from adapters.simulator.controls import ControlChange
from adapters.simulator.plans import Delivery, Fate
from adapters.simulator.scenario import ScenarioInvalid, read_scenario
from adapters.simulator.weather import FLAKY_PLANS, plan_under
from tests.simulator.caller import Caller, NoAnswer, eventually
from tests.simulator.conftest import Clock


async def test_maintenance_processes_nothing(caller: Caller) -> None:
    charge = (await caller.charge()).body["id"]
    await caller.control(outage="maintenance", retry_after_s=30)
    answer = await caller.charge("k2")
    assert (answer.status, answer.body["code"]) == (503, "maintenance")
    assert answer.body["charged"] is False
    assert answer.headers["Retry-After"] == "30"
    assert (await caller.operate("refunds", charge, "r1")).status == 503
    assert (await caller.find("k1")).body["charged"] == "unknown"
    assert (await caller.cancel("k1")).body["charged"] == "unknown"
    await caller.control(outage=None)
    assert (await caller.charge("k2")).status == 200
    assert (await caller.find("k1")).body["refunded"] == 0


async def test_a_definite_no_speaks_of_the_request_not_of_the_key(caller: Caller) -> None:
    await caller.charge()
    await caller.control(outage="down")
    assert (await caller.charge()).body["charged"] is False
    assert len(await caller.books()) == 1


async def test_down_refuses_or_closes(caller: Caller) -> None:
    await caller.control(outage="down")
    answer = await caller.charge()
    assert (answer.status, answer.body["code"]) == (503, "unavailable")
    await caller.control(outage="down", mode="close")
    with pytest.raises(NoAnswer):
        await caller.charge()
    assert await caller.books() == []


@pytest.mark.parametrize(("mode", "status", "booked"), [("processed", 200, 1), ("dropped", 503, 0)])
async def test_a_timeout_holds_the_answer(
    simulator: Simulator, caller: Caller, mode: str, status: int, booked: int
) -> None:
    await caller.control(outage="timeout", mode=mode)
    charge = asyncio.create_task(caller.charge())
    await eventually(lambda: simulator.desks["stripe"].holds.held == 1)
    assert not charge.done()
    assert len(await caller.books()) == booked
    await caller.release()
    assert (await charge).status == status


async def test_an_outage_ends_by_itself(caller: Caller, clock: Clock) -> None:
    await caller.control(outage="maintenance", for_s=30)
    assert (await caller.charge()).status == 503
    clock.now_s += 30
    assert (await caller.charge()).status == 200
    assert (await caller.get("/_control")).body["stripe"]["outage"] is None


async def test_a_rate_hits_only_some_and_a_repeat_draws_anew(caller: Caller) -> None:
    await caller.control(outage="down", rate=0.5)
    hit = [(await caller.charge(f"k{n}")).status for n in range(200)].count(503)
    assert 60 < hit < 140
    again = [(await caller.charge("k1000")).status for _ in range(40)]
    assert again.count(200) > 0


async def test_success_can_be_scripted(caller: Caller) -> None:
    await caller.control(success=0.0)
    statuses = set()
    for n in range(30):
        try:
            answer = await caller.charge(f"k{n}", method_token="tok_visa")
        except NoAnswer:
            continue
        statuses.add(answer.body.get("status", answer.status))
    assert {"declined", 503} <= statuses <= {"declined", 503, 500}


def test_every_fault_of_flaky_is_drawn() -> None:
    weather = ControlChange(outage="flaky", rate=1.0).weather(0.0)
    assert weather is not None
    plans = [plan_under(weather, draws_for(1, "stripe", f"k{n}")) for n in range(200)]
    assert set(FLAKY_PLANS) == set(plans)


def test_a_mixed_timeout_books_some() -> None:
    weather = ControlChange(outage="timeout").weather(0.0)
    assert weather is not None
    plans = [plan_under(weather, draws_for(1, "stripe", f"k{n}")) for n in range(100)]
    assert {plan.fate for plan in plans if plan} == {Fate.APPROVED, Fate.NOT_PROCESSED}
    assert {plan.delivery for plan in plans if plan} == {Delivery.HELD}


@pytest.mark.parametrize(
    "change",
    [
        {"outage": "storm"},
        {"outage": "maintenance", "mode": "close"},
        {"rate": 0.5},
        {"outage": "down", "rate": 1.5},
        {"latency_ms": -1},
        {"unheard_of": 1},
    ],
)
async def test_a_malformed_change_changes_nothing(
    caller: Caller, change: dict[str, object]
) -> None:
    before = (await caller.get("/_control")).body
    answer = await caller.control(**change)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert (await caller.get("/_control")).body == before


async def test_control_from_inside_a_test_is_checked_too(simulator: Simulator) -> None:
    simulator.control("stripe", outage="down", mode="close")
    assert simulator.desks["stripe"].controls.weather.mode == "close"
    with pytest.raises(ValueError, match="storm"):
        simulator.control("stripe", outage="storm")


async def test_answer_times_are_the_base_scaled_and_what_the_weather_adds(
    settings: SimulatorSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with Simulator(replace(settings, latency_scale=2.0)) as simulator:
        simulator.control("stripe", latency_ms=1_000)
        monkeypatch.setattr("adapters.simulator.desk.asyncio.sleep", sleep)
        await simulator.desks["stripe"].take_time(Draws(0.0, 0.0, 0.0, 0.5, 0.0))
        monkeypatch.undo()
    assert waited == [pytest.approx(2 * 0.280 + 1.0)]


async def test_all_gateways_at_once(caller: Caller) -> None:
    await caller.post("/_control/all", {"outage": "down"})
    shown = (await caller.get("/_control")).body
    assert {gateway["outage"] for gateway in shown.values()} == {"down"}
    assert len(shown) == 6


async def test_a_scenario_scripts_outages(settings: SimulatorSettings, tmp_path: Path) -> None:
    script = tmp_path / "scenario.json"
    script.write_text(
        '[{"at_s": 0.02, "gateway": "sbi", "outage": "timeout", "release": true},'
        ' {"at_s": 0, "gateway": "*", "outage": "maintenance"}]'
    )
    async with Simulator(settings, scenario=script) as simulator:
        desks = simulator.desks
        await eventually(lambda: desks["sbi"].controls.weather.outage == "timeout")
        assert desks["stripe"].controls.weather.outage == "maintenance"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "Expected `array`"),
        ('[{"gateway": "sbi"}]', "step 0 has no 'at_s'"),
        ('[{"at_s": 1, "gateway": "bank"}]', "step 0: no gateway 'bank'"),
        ('[{"at_s": 1, "gateway": "sbi", "outage": "storm"}]', "step 0: Invalid enum value"),
        ('[{"at_s": 1, "gateway": "sbi", "outage": "down", "mode": "mixed"}]', "has no mode"),
    ],
)
def test_a_scenario_that_cannot_be_followed(tmp_path: Path, text: str, message: str) -> None:
    script = tmp_path / "scenario.json"
    script.write_text(text)
    with pytest.raises(ScenarioInvalid, match=message):
        read_scenario(script, ("sbi",))
