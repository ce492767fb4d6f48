"""One hypothesis profile for these tests: the same examples everywhere, no timing."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "interlock",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("interlock")
