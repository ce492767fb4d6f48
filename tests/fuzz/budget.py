"""How much the fuzzing tests try: little and always the same by default, more where it is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, seed, settings

REQUESTS: Final = int(os.environ.get("INTERLOCK_FUZZ_REQUESTS", "1000"))
EXAMPLES: Final = int(os.environ.get("INTERLOCK_FUZZ_EXAMPLES", "100"))
SEED: Final = os.environ.get("INTERLOCK_FUZZ_SEED")  # without one, the same examples every time

Test = TypeVar("Test", bound=Callable[..., Any])

ALWAYS: Final = settings(
    deadline=None,
    database=None,
    derandomize=SEED is None,
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
AS_THEY_COME: Final = settings(ALWAYS, phases=[Phase.explicit, Phase.generate, Phase.shrink])


def fuzzed(test: Test) -> Test:
    """Runs EXAMPLES examples of a hypothesis test, from SEED where one is given."""
    return seeded(ALWAYS(test))


def tried(times: int) -> Callable[[Test], Test]:
    """As `fuzzed`, but so many examples."""
    return lambda test: seeded(settings(AS_THEY_COME, max_examples=times)(test))


def seeded(test: Test) -> Test:
    """Takes other examples where another seed is given."""
    return test if SEED is None else seed(int(SEED))(test)
