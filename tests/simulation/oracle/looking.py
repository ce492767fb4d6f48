"""Nobody asks a gateway in a tight loop, no stream grows without an end, and none waits for another
one's gateway."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.records import plain_id
from tests.simulation.oracle.verdicts import Findings

MINUTE_S = 60.0
# Of one key by one process: every five seconds, and some for notices and what came between.
LOOK_UPS_PER_MINUTE_MAX = 30
TELLING = ("AttemptPending", "LookUpAnswered")  # they settle nothing
TELLINGS_PER_KEY_MAX = 16
# From the record that nobody answered to a look-up, where nothing goes wrong but that another
# gateway hangs: the pause of five seconds, and what the read side and a worker take.
WAITED_S_MAX = 20.0


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
    for fact in case.history["facts"]:
        if fact["fact"] == "hangs":
            _others_go_on(case, fact, findings)


def _others_go_on(case: Case, hang: dict[str, Any], findings: Findings) -> None:
    for event in case.events:
        attempt = case.attempts.get(plain_id(str(event.data.get("key", ""))))
        if event.type != "OutcomeUnknown" or attempt is None:
            continue
        until = event.at + WAITED_S_MAX
        healthy = attempt.gateway != hang["gateway"] and case.gateways[attempt.gateway]["look_up"]
        if not healthy or not hang["at"] <= event.at <= hang["until"] - WAITED_S_MAX:
            continue
        looked = [one.at for one in case.sends if one.kind == "look_up" and one.key == attempt.key]
        if not any(event.at <= at <= until for at in looked):
            detail = f"{attempt.key} at {attempt.gateway} was not looked up by {until:.3f}"
            findings.broken("no_gateway_waits_for_another", f"{detail}: {hang['gateway']} hangs")
