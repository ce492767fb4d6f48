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

pytestmark = pytest.mark.slow

KINDS: tuple[Kind, ...] = ("api", "worker", "postgres", "api")
RESTARTED_S_MAX = 30.0  # bounds a test on a busy machine; what was measured is logged
# What real processes can witness. The rest of the oracle's invariants speak of sends and clocks,
# which only a simulation sees.
DEMANDED = {
    "one_net_capture",
    "bounds_in_books",
    "bounds_in_streams",
    "tries_bounded",
    "as_asked",
    "accepted_is_finished",
    "final_equals_books",
    "stream_equals_books",
    "failed_means_not_charged",
    "same_key_same_answer",
    "one_effect",
    "refusal_stands",
    "streams_gapless",
    "event_ids_unique",
    "chain_verifies",
    "log_in_order",
    "rows_equal_fold",
    "no_card_number",
    "acknowledged_in_log",
    "answers_match_stream",
    "linearizable",
    "no_5xx_after_money",
}

log = logging.getLogger(__name__)


async def test_nothing_acknowledged_is_lost_and_nobody_is_charged_twice() -> None:
    with installation_folder() as folder:
        outcome = await crash_run(folder, KINDS, seed=3, patient=False, settings=QUICK)
    for one, settled_s in zip(outcome.kills, outcome.settling, strict=True):
        log.info("%s, all settled %.1f s later", one, settled_s)
    assert outcome.faults == [], "\n".join(outcome.faults)
    assert outcome.held >= DEMANDED
    assert outcome.judged.acknowledged > 0
    assert max(one.serving for one in outcome.kills) < RESTARTED_S_MAX
    assert max(outcome.settling) < SETTLED_S_MAX
