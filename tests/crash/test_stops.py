"""Asked to end in the midst of a flood, API and worker are gone, by themselves and well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

import pytest

from tests.crash.stops import Flood, Kind, flooded, stops

pytestmark = pytest.mark.slow

STOPS: Final = 5  # scripts/crash --stops does a hundred
FILL_S: Final = 6.0
log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def flood() -> Iterator[Flood]:
    with flooded(FILL_S) as flood:
        yield flood


@pytest.mark.parametrize("kind", ["api", "worker"])
def test_all_end_by_themselves(flood: Flood, kind: Kind) -> None:
    stopped = asyncio.run(stops(flood, kind, STOPS, seed=3))
    log.info("%s: %s s", kind, [one.seconds for one in stopped])
    assert [one.code for one in stopped] == [0] * STOPS
