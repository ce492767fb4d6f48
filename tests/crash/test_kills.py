"""`kill -9` of every kind of process of the embedded product at random moments under load.

With the seven kills at named points (test_points.py) more than ten in all. The long run is
`scripts/crash`.
"""

from __future__ import annotations

import logging

import pytest

from tests.crash.kills import Kind
from tests.crash.load import SETTLED_S_MAX
from tests.crash.quick import QUICK
from tests.crash.run import crash_run
from tests.end_to_end.stores import installation_folder
from tests.simulation.oracle import INVARIANTS, NEED_SENDS

pytestmark = pytest.mark.slow

KINDS: tuple[Kind, ...] = ("api", "worker", "postgres", "api")
RESTARTED_S_MAX = 30.0  # bounds a test on a busy machine; what was measured is logged

log = logging.getLogger(__name__)


async def test_nothing_acknowledged_is_lost_and_nobody_is_charged_twice() -> None:
    with installation_folder() as folder:
        outcome = await crash_run(folder, KINDS, seed=3, patient=False, settings=QUICK)
    for one, settled_s in zip(outcome.kills, outcome.settling, strict=True):
        log.info("%s, all settled %.1f s later", one, settled_s)
    assert outcome.faults == [], "\n".join(outcome.faults)
    assert outcome.held == set(INVARIANTS) - set(NEED_SENDS)
    assert outcome.judged.acknowledged > 0
    assert max(one.serving for one in outcome.kills) < RESTARTED_S_MAX
    assert max(outcome.settling) < SETTLED_S_MAX
