"""The switches and the weather of one gateway, changed while it runs. Pure but for its state.

The weather is the scripted outage; a change that names any part of it replaces all of it.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

Outage = Literal["maintenance", "down", "timeout", "flaky"]
Mode = Literal["refuse", "close", "processed", "dropped", "mixed"]
Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]
Duration = Annotated[float, msgspec.Meta(ge=0, le=3_600_000)]

MODES: dict[str | None, tuple[Mode | None, ...]] = {
    "maintenance": (None,),
    "down": ("refuse", "close"),
    "timeout": ("mixed", "processed", "dropped"),
    "flaky": (None,),
    None: (None,),
}
FLAKY_RATE = 0.5


class Weather(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong now. ``rate``: share of requests hit; ``until_s``: Unix time of its end."""

    outage: Outage | None = None
    mode: Mode | None = None
    rate: float = 1.0
    latency_ms: float = 0.0
    success: float | None = None
    retry_after_s: int | None = None
    until_s: float | None = None


class Switches(msgspec.Struct, frozen=True):
    """What the gateway offers at all."""

    idempotent_keys: bool = True
    look_up: bool = True
    cancel: bool = True


class ControlChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /_control/{gateway}``; what is not named stays, weather as a whole."""

    outage: Outage | msgspec.UnsetType | None = msgspec.UNSET
    mode: Mode | None = None
    rate: Rate | None = None
    latency_ms: Duration = 0.0
    success: Rate | None = None
    retry_after_s: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    for_s: Duration | None = None
    idempotent_keys: bool | None = None
    look_up: bool | None = None
    cancel: bool | None = None

    def weather(self, now: float) -> Weather | None:
        """The weather it asks for, or None when it names none; ValueError for a foreign mode."""
        named = self.outage is not msgspec.UNSET
        if not (named or self.latency_ms or self.success is not None):
            if any(part is not None for part in (self.mode, self.rate, self.for_s)):
                raise ValueError("mode, rate and for_s need an outage, latency_ms or success")
            return None
        outage = None if self.outage is msgspec.UNSET else self.outage
        modes = MODES[outage]
        mode = modes[0] if self.mode is None else self.mode
        if mode not in modes:
            raise ValueError(f"outage {outage!r} has no mode {mode!r}; it has {modes}")
        rate = (FLAKY_RATE if outage == "flaky" else 1.0) if self.rate is None else self.rate
        return Weather(
            outage=outage,
            mode=mode,
            rate=rate,
            latency_ms=self.latency_ms,
            success=self.success,
            retry_after_s=self.retry_after_s,
            until_s=None if self.for_s is None else now + self.for_s,
        )


FAIR = Weather()


class Controls:
    """One gateway's switches and weather."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Starts in fair weather with everything offered."""
        self._now = now
        self._weather = FAIR
        self.switches = Switches()

    @property
    def weather(self) -> Weather:
        """The weather now; a scripted time that has passed ended it."""
        until_s = self._weather.until_s
        if until_s is not None and self._now() >= until_s:
            self._weather = FAIR
        return self._weather

    def change(self, change: ControlChange) -> None:
        """Applies a change whole or, with ValueError, not at all."""
        weather = change.weather(self._now())
        if weather is not None:
            self._weather = weather
        named = {
            name: value
            for name in self.switches.__struct_fields__
            if (value := getattr(change, name)) is not None
        }
        self.switches = msgspec.structs.replace(self.switches, **named)

    def shown(self) -> dict[str, Any]:
        """Weather and switches as one flat JSON object."""
        return {**msgspec.structs.asdict(self.weather), **msgspec.structs.asdict(self.switches)}
