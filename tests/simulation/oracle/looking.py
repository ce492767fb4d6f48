"""Nobody asks a gateway in a tight loop, and no stream grows without an end."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.verdicts import Findings

MINUTE_S = 60.0
# Of one key by one process: every five seconds, and some for notices and what came between.
LOOK_UPS_PER_MINUTE_MAX = 30
TELLING = ("AttemptPending", "LookUpAnswered")  # they settle nothing
TELLINGS_PER_KEY_MAX = 16


def check(case: Case, findings: Findings) -> None:
    looked: dict[tuple[str, str], list[float]] = defaultdict(list)
    for send in case.sends:
        if send.kind == "look_up" and send.copy_of is None:
            looked[send.key, send.owner].append(send.at)
    for (key, owner), times in looked.items():
        for place in range(LOOK_UPS_PER_MINUTE_MAX, len(times)):
            if times[place] - times[place - LOOK_UPS_PER_MINUTE_MAX] < MINUTE_S:
                detail = f"{key} was looked up more than {LOOK_UPS_PER_MINUTE_MAX} times a minute"
                findings.broken("looks_ever_more_rarely", f"{detail} by {owner}")
                break
    told = Counter(str(one.data["key"]) for one in case.events if one.type in TELLING)
    for key, facts in told.items():
        if facts > TELLINGS_PER_KEY_MAX:
            detail = f"{facts} facts on record of {key} settle nothing"
            findings.broken("looks_ever_more_rarely", detail)
