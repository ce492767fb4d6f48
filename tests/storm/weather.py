"""How hard a storm is: its sizes and its times, for the long run and for the one of CI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Mode: TypeAlias = Literal["embedded", "production"]
MODES: Final[tuple[Mode, ...]] = ("embedded", "production")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """`settings`: of api/settings.py. `late_s`: when the gateway does what it does late, which it
    declares as `lateness_s`. `calm_s_max`: after the last blow, until all has ended. `longest_s`:
    of one blow."""

    settings: dict[str, float]
    late_s: float
    lateness_s: float
    customers: int
    longest_s: float
    calm_s_max: float

    @property
    def environment(self) -> dict[str, str]:
        return {f"INTERLOCK_{name.upper()}": str(value) for name, value in self.settings.items()}


LONG: Final = Weather(
    settings={"review_after_s": 60.0, "verify_first_s": 1.0, "verify_most_s": 10.0},
    late_s=12.0,
    lateness_s=30.0,
    customers=32,
    longest_s=10.0,
    calm_s_max=600.0,
)
# Nobody waits longer than needed: the same events in less time.
SHORT: Final = Weather(
    settings={
        "latency_budget_s": 8.0,
        "late_answer_within_s": 9.0,
        "clock_skew_s": 2.0,
        "complete_within_s": 15.0,
        "review_after_s": 15.0,
        "verify_first_s": 1.0,
        "verify_most_s": 5.0,
    },
    late_s=9.0,
    lateness_s=12.0,
    customers=40,
    longest_s=2.0,
    calm_s_max=600.0,
)
