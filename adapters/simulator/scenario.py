"""A scripted run of outages: a JSON list of control changes with the second each is due."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from adapters.simulator.controls import ControlChange

ALL_GATEWAYS = "*"
STEPS_MAX = 10_000


class ScenarioInvalid(Exception):
    """The scenario file cannot be followed; the message names the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line: ``at_s`` seconds after the start, what changes, and whether holds are released."""

    at_s: float
    gateway: str
    change: ControlChange
    release: bool


def read_scenario(path: Path, gateways: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps in order of time. Raises ``ScenarioInvalid`` or ``OSError``."""
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except msgspec.DecodeError as failure:
        raise ScenarioInvalid(f"{path}: {failure}") from failure
    if len(rows) > STEPS_MAX:
        raise ScenarioInvalid(f"{path}: more than {STEPS_MAX} steps")
    steps = [_step(path, number, row, gateways) for number, row in enumerate(rows)]
    return tuple(sorted(steps, key=lambda step: step.at_s))


def _step(path: Path, number: int, row: dict[str, Any], gateways: tuple[str, ...]) -> Step:
    rest = dict(row)
    try:
        at_s = msgspec.convert(rest.pop("at_s"), float)
        gateway = msgspec.convert(rest.pop("gateway"), str)
        release = msgspec.convert(rest.pop("release", False), bool)
        change = msgspec.convert(rest, ControlChange)
        change.weather(0.0)
    except KeyError as missing:
        raise ScenarioInvalid(f"{path}: step {number} has no {missing}") from missing
    except ValueError as failure:
        raise ScenarioInvalid(f"{path}: step {number}: {failure}") from failure
    if gateway not in (*gateways, ALL_GATEWAYS):
        raise ScenarioInvalid(f"{path}: step {number}: no gateway {gateway!r}")
    return Step(at_s=at_s, gateway=gateway, change=change, release=release)


async def play(steps: tuple[Step, ...], carry_out: Callable[[Step], None]) -> None:
    """Carries out each step when it is due, counted from the call."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    for step in steps:
        await asyncio.sleep(max(0.0, started + step.at_s - loop.time()))
        carry_out(step)
