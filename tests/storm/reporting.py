"""A storm as one line of JSON."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import Any, Final

from tests.gateways.hostile.test_behaviours import UNSEEN
from tests.storm.run import Outcome

ENDED_SHARE: Final = 0.999
SHOWN_MAX: Final = 20


def line_of(outcome: Outcome, mode: str, seed: int) -> dict[str, Any]:
    judged, honest = outcome.judged, outcome.honest
    lied_to = {one.payment for one in outcome.lives if one.is_lied_to}
    unsafe = {met: one for met, one in judged.unsafe.items() if not _is_known(met)}
    ended = sorted(outcome.ended_after)
    is_ended = len(judged.unlike) <= (1 - ENDED_SHARE) * honest
    return {
        "commit": commit(),
        "seed": seed,
        "mode": mode,
        "payments": len(outcome.lives),
        "blows": dict(outcome.blows),
        "omitted": outcome.omitted,
        "requests": outcome.requests,
        "notices": outcome.notices,
        "postgres_starts": outcome.postgres_starts,
        "blown_s": round(outcome.blown_s),
        "calm_s": round(outcome.calm_s),
        "ended_after_s": {str(part): _part(ended, part) for part in (50, 99, 100)},
        "honest": honest,
        "honest_ends": _ends(outcome, lied=False),
        "lied_to": len(lied_to),
        "lied_ends": _ends(outcome, lied=True),
        "lies_not_seen_yet": {met: len(one) for met, one in judged.unsafe.items()},
        "repeats": judged.repeats,
        "faults": judged.faults[:SHOWN_MAX],
        "fault_count": len(judged.faults),
        "not_ended": judged.unlike[:SHOWN_MAX],
        "unsafe": unsafe,
        "passed": not judged.faults and is_ended and not unsafe,
    }


def _is_known(met: str) -> bool:
    """A lie of which tests/gateways/hostile/test_behaviours.py says that nobody sees it yet."""
    parts = [one.partition(".") for one in met.split(" ")]
    return any(name in UNSEEN.get(kind, ()) for kind, _, name in parts)


def _ends(outcome: Outcome, *, lied: bool) -> dict[str, int]:
    these = [one.payment for one in outcome.lives if one.is_lied_to == lied]
    return dict(Counter(outcome.judged.ends[one] for one in these))


def _part(ended: list[float], percent: int) -> float:
    if not ended:
        return 0.0
    return round(ended[min(len(ended) - 1, len(ended) * percent // 100)], 1)


def commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"
