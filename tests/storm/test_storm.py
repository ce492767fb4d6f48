"""A hundred payments between a hostile gateway and ten blows, in either mode. `scripts/storm` does
thousands."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import pytest

from tests.storm.place import standing
from tests.storm.reporting import line_of
from tests.storm.run import storm
from tests.storm.weather import SHORT, Mode
from tests.support.peers import Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers]

PAYMENTS: Final = 50  # in each mode
BLOWS: Final = 5
log = logging.getLogger(__name__)


@pytest.mark.parametrize("mode", ["embedded", "production"])
def test_nothing_is_charged_twice_lost_or_said_untruly(peers: Peers, mode: Mode) -> None:
    with standing(mode, SHORT) as place:
        outcome = asyncio.run(storm(place, SHORT, payments=PAYMENTS, blows=BLOWS, seed=5))
    line = line_of(outcome, mode, 5)
    log.info("%s", line)
    assert line["faults"] == []
    assert line["unsafe"] == {}
    assert line["not_ended"] == []
    assert sum(line["blows"].values()) == BLOWS
    assert line["repeats"] > PAYMENTS
