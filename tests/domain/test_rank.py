"""The plain ranking: by recent success in coarse steps, then by priority; nobody is left out."""

from __future__ import annotations

import pytest

from domain.payment.events import Candidate
from domain.routing.rank import POLICY, rank, success_rate


def order(recent: dict[str, tuple[int, int]], excluded: dict[str, str] | None = None) -> str:
    names, _ = rank(["a", "b", "c"], excluded or {}, recent)
    return "".join(names)


def test_priority_decides_between_equals() -> None:
    assert order({}) == "abc"


@pytest.mark.parametrize(
    ("recent", "wanted"),
    [
        ({"a": (0, 1)}, "abc"),  # a single failure reorders nobody
        ({"a": (0, 4)}, "bca"),
        ({"a": (5, 10), "b": (4, 10)}, "cab"),
        ({"c": (100, 100)}, "cab"),
        ({"a": (0, 100), "b": (0, 50)}, "cba"),
    ],
)
def test_recent_success_decides_before_it(recent: dict[str, tuple[int, int]], wanted: str) -> None:
    assert order(recent) == wanted


def test_who_fell_out_is_shown_and_not_asked() -> None:
    names, candidates = rank(["a", "b"], {"a": "disabled"}, {"a": (1, 2)})

    assert names == ("b",)
    assert candidates == (
        Candidate(
            gateway="a",
            score=0.9,
            factors={"success_rate": 0.875, "volume": 2.0, "priority": 0.0},
            excluded="disabled",
        ),
        Candidate(
            gateway="b",
            score=0.899,
            factors={"success_rate": 0.95, "volume": 0.0, "priority": 1.0},
        ),
    )


def test_the_share_starts_at_the_prior_and_follows_what_happens() -> None:
    assert success_rate(0, 0) == 0.95
    assert success_rate(0, 10) == 0.475
    assert success_rate(90, 90) == pytest.approx(0.995)
    assert POLICY == "priority-and-recent-success/1"


def test_numbers_are_shown_with_six_digits() -> None:
    _, (one,) = rank(["a"], {}, {"a": (1, 3)})

    assert one.factors["success_rate"] == 0.807692
    assert one.score == 0.8
