"""What every run of the tests has: the tests of what pip cannot bring run where it is there, and
one hypothesis profile, with the same examples everywhere and no timing."""

from hypothesis import HealthCheck, settings

from tests.support.needs import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

settings.register_profile(
    "interlock",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("interlock")
