"""The plain ranking: eligible gateways by recent success in coarse steps, then by priority.

Coarse, so that a single failure does not reorder everybody; smoothed, so that a gateway without
traffic counts as good until it has shown otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from domain.payment.events import Candidate

POLICY: Final = "priority-and-recent-success/1"
PRIOR_OK: Final = 9.5  # a gateway starts as if 9.5 of 10 had gone well
PRIOR_ALL: Final = 10.0
STEP: Final = 0.1


def success_rate(ok: int, total: int) -> float:
    """Share of answers that were not the gateway's fault, smoothed towards the prior."""
    return (ok + PRIOR_OK) / (total + PRIOR_ALL)


def rank(
    names: Sequence[str],
    excluded: Mapping[str, str],
    recent: Mapping[str, tuple[int, int]],
) -> tuple[tuple[str, ...], tuple[Candidate, ...]]:
    """The order to ask in, and every candidate with what it was judged by.

    `names` by priority; `excluded` maps a name to the reason why it fell out; `recent` to
    (answers that went well, all answers).
    """
    candidates = []
    for place, name in enumerate(names):
        ok, total = recent.get(name, (0, 0))
        rate = success_rate(ok, total)
        score = round(round(rate / STEP) * STEP - place * 1e-3, 6)
        factors = {"success_rate": round(rate, 6), "volume": float(total), "priority": float(place)}
        candidates.append(
            Candidate(gateway=name, score=score, factors=factors, excluded=excluded.get(name))
        )
    eligible = [one for one in candidates if one.excluded is None]
    order = sorted(eligible, key=lambda one: -one.score)
    return tuple(one.gateway for one in order), tuple(candidates)
