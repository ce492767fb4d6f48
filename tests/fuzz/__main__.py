"""The long form of the fuzzing tests: `scripts/fuzz --requests 20000 --examples 5000 --seed 7`.

The same tests as in CI, with more of everything and, with a seed, other examples.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest


def main() -> int:
    options = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    options.add_argument("--requests", type=int, default=5_000, help="made from the API's document")
    options.add_argument("--examples", type=int, default=1_000, help="of every other test")
    options.add_argument("--seed", type=int, help="default: the examples of CI, and more of them")
    asked, more = options.parse_known_args()
    os.environ["INTERLOCK_FUZZ_REQUESTS"] = str(asked.requests)
    os.environ["INTERLOCK_FUZZ_EXAMPLES"] = str(asked.examples)
    if asked.seed is not None:
        os.environ["INTERLOCK_FUZZ_SEED"] = str(asked.seed)
    return pytest.main([str(Path(__file__).parent), "-rA", "--durations=5", *more])


if __name__ == "__main__":
    sys.exit(main())
