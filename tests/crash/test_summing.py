"""Parts of a long run add up, and a bad one is not lost among good ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crash.summing import summed


def part(seed: int, **changes: Any) -> dict[str, Any]:
    return {
        "commit": "abc",
        "seed": seed,
        "kills": {"api": 5, "worker": 5},
        "payments": 10,
        "acknowledged": 9,
        "requests": 50,
        "lost": 0,
        "double_charges": 0,
        "serving_s_max": {"api": 2.0, "worker": 1.0},
        "gone_s_max": 0.5,
        "settled_s_max": 37.0,
        "faults": [],
        "passed": True,
    } | changes


def test_counts_are_added_and_the_slowest_is_kept() -> None:
    slow = part(2, kills={"postgres": 1}, serving_s_max={"api": 1.5, "postgres": 3.0})
    total = summed([part(1), slow, part(3, settled_s_max=55.0, gone_s_max=1.5)])

    assert total["kills"] == {"api": 10, "worker": 10, "postgres": 1}
    assert (total["payments"], total["acknowledged"], total["requests"]) == (30, 27, 150)
    assert total["serving_s_max"] == {"api": 2.0, "worker": 1.0, "postgres": 3.0}
    assert (total["settled_s_max"], total["gone_s_max"], total["passed"]) == (55.0, 1.5, True)
    assert (total["commits"], total["seeds"]) == (["abc"], [1, 2, 3])


def test_one_bad_part_is_not_lost_among_good_ones() -> None:
    total = summed([part(1), part(2, passed=False, lost=1, faults=["gone"]), part(3)])

    assert (total["passed"], total["lost"], total["faults"]) == (False, 1, ["gone"])


@pytest.mark.parametrize("parts", [[], [part(1), part(1)]])
def test_no_part_and_a_part_twice_are_refused(parts: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"part"):
        summed(parts)
