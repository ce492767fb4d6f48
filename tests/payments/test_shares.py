"""What is taken up next: in the order of the list, and no gateway has more than its share."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.recovery import shares
from application.recovery.shares import next_up
from domain.due import DueStream

GATEWAYS: Final = st.sampled_from(["alpha", "beta", "gamma", None])


def waiting(number: int, gateway: str | None, *, revision: int = 3) -> DueStream:
    return DueStream(
        stream=f"payment-{number}",
        revision=revision,
        merchant="alma",
        owner=None,
        recover_after=datetime(2026, 11, 1, tzinfo=UTC),
        tries=0,
        waits_for=gateway,
    )


@given(
    listed=st.lists(GATEWAYS, max_size=30),
    holding=st.lists(GATEWAYS, max_size=10),
    again=st.integers(0, 10),
    share=st.integers(1, 5),
)
def test_each_gateway_gets_its_share_and_no_more(
    listed: list[str | None], holding: list[str | None], again: int, share: int
) -> None:
    in_hand = [waiting(1000 + number, one) for number, one in enumerate(holding)]
    again = min(again, len(holding))
    moved = [waiting(1000 + number, "beta", revision=4) for number in range(again)]
    due = moved + [waiting(number, one) for number, one in enumerate(listed)]

    taken = next_up(due, in_hand, share=share)

    assert taken == [one for one in due if one in taken]  # in their order, each once
    assert not {one.stream for one in taken} & {one.stream for one in in_hand}
    before = Counter(one.waits_for for one in in_hand)
    after = before + Counter(one.waits_for for one in taken)
    left = {one.waits_for for one in due if one not in taken and one not in moved}
    for gateway, count in after.items():
        assert count <= max(share, before[gateway])
    assert all(after[gateway] >= share for gateway in left)  # nothing else is left lying


def test_what_a_gateway_has_in_hand_that_is_no_longer_listed_counts() -> None:
    """A try that was taken over has moved, and is due again only later: it still waits there."""
    in_hand = [waiting(number, "alpha") for number in range(3)]
    listed = [waiting(number, "alpha") for number in range(10, 20)]

    assert [one.stream for one in next_up(listed, in_hand, share=4)] == ["payment-10"]


def test_there_is_an_end_whatever_names_the_log_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "IN_HAND_MAX", 6)
    in_hand = [waiting(number, f"gone-{number}") for number in range(4)]
    listed = [waiting(10 + number, f"other-{number}") for number in range(4)]

    assert len(next_up(listed, in_hand, share=2)) == 2
