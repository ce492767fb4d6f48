"""Adds up the lines of long runs, each of which names its commit and seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

ADDED: Final = ("payments", "acknowledged", "requests", "lost", "double_charges")


def summed(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One line of all: counts added, the slowest kept, `passed` only where every part did.

    Raises ValueError for no lines, and where a seed comes twice at one commit.
    """
    parts = [(one["commit"], one["seed"]) for one in lines]
    if not parts or len(set(parts)) != len(parts):
        raise ValueError("there are no parts" if not parts else "a part comes twice")
    kills: Counter[str] = Counter()
    slowest: dict[str, float] = {}
    for line in lines:
        kills.update(line["kills"])
        for kind, took_s in line["serving_s_max"].items():
            slowest[kind] = max(took_s, slowest.get(kind, 0.0))
    return {
        "commits": sorted({commit for commit, _ in parts}),
        "seeds": sorted(seed for _, seed in parts),
        "kills": dict(kills),
        **{name: sum(line[name] for line in lines) for name in ADDED},
        "serving_s_max": slowest,
        "gone_s_max": max(line.get("gone_s_max", 0.0) for line in lines),  # older lines lack it
        "settled_s_max": max(line["settled_s_max"] for line in lines),
        "faults": [fault for line in lines for fault in line["faults"]],
        "passed": all(line["passed"] for line in lines),
    }
