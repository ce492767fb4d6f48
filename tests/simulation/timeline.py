"""A history as a person reads it: facts and events in one column of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

LINE_CHARACTERS_MAX: Final = 240
LEFT_OUT: Final = ("at", "fact", "account", "endpoint", "owner_clock", "position")
SHORTENED: Final = 110


def timeline(history: dict[str, Any]) -> Iterator[str]:
    """Lines, the gateways and settings first."""
    yield f"seed {history['seed']}, planted: {history['planted']}"
    for name, gateway in history["gateways"].items():
        yield f"gateway {name}: {_members(gateway)}"
    yield f"faults: {_members(history.get('faults', {}))}"
    lines = [(fact["at"], _fact(fact)) for fact in history["facts"]]
    lines += [(event["at"], _event(event)) for event in history["log"]]
    for at, line in sorted(lines, key=lambda one: one[0]):
        yield f"{at:12.3f} {line}"[:LINE_CHARACTERS_MAX]
    yield f"faults ended at {history['faults_end_s']} s, read at {history['end_s']} s"
    for row in history["rows"]["payment_status"]:
        shown = {name: row[name] for name in ("id", "status", "amount_captured", "revision")}
        yield f"row {_members(shown)}"
    for alarm in history.get("alarms", ()):
        yield f"ALARM {alarm}"


def _fact(fact: dict[str, Any]) -> str:
    told = {name: value for name, value in fact.items() if name not in LEFT_OUT}
    return f"  {fact['fact']:9} {_members(told)}"


def _event(event: dict[str, Any]) -> str:
    stream = event["stream"].removeprefix("payment-")[:8]
    return f"* {stream} {event['revision']:3} {event['type']} {event['data']}"


def _members(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={str(value)[:SHORTENED]}" for name, value in values.items())
