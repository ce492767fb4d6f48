"""What a runner can rely on over any keeper of leases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from projections.leases import LEASE_S, Leases

NAME = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`pass_s`: so many seconds pass, by the clock of the keeper. Negative: it is set back."""

    leases: Leases
    pass_s: Callable[[float], Awaitable[None]]


class LeasesContract:
    @pytest.fixture
    async def kept(self) -> Kept:
        raise NotImplementedError

    async def test_one_takes_it_and_the_next_does_not(self, kept: Kept) -> None:
        assert await kept.leases.take(NAME, "a")
        assert not await kept.leases.take(NAME, "b")
        assert await kept.leases.take("payment_status", "b")

    async def test_what_has_run_out_is_taken_by_the_next(self, kept: Kept) -> None:
        assert await kept.leases.take(NAME, "a")
        await kept.pass_s(LEASE_S + 0.1)
        assert await kept.leases.take(NAME, "b")
        assert not await kept.leases.renew(NAME, "a")
        assert not await kept.leases.take(NAME, "a")

    async def test_who_renews_keeps_it(self, kept: Kept) -> None:
        assert await kept.leases.take(NAME, "a")
        for _ in range(3):
            await kept.pass_s(0.6 * LEASE_S)
            assert await kept.leases.renew(NAME, "a")
            assert not await kept.leases.take(NAME, "b")

    async def test_what_ran_out_and_nobody_took_is_renewed(self, kept: Kept) -> None:
        assert await kept.leases.take(NAME, "a")
        await kept.pass_s(10 * LEASE_S)
        assert await kept.leases.renew(NAME, "a")
        assert not await kept.leases.take(NAME, "b")

    async def test_nobody_renews_or_gives_back_what_is_another_ones(self, kept: Kept) -> None:
        assert not await kept.leases.renew(NAME, "b")
        assert await kept.leases.take(NAME, "a")
        assert not await kept.leases.renew(NAME, "b")
        await kept.leases.give_back(NAME, "b")
        assert not await kept.leases.take(NAME, "c")

    async def test_what_is_given_back_is_free_at_once(self, kept: Kept) -> None:
        assert await kept.leases.take(NAME, "a")
        await kept.leases.give_back(NAME, "a")
        assert not await kept.leases.renew(NAME, "a")
        assert await kept.leases.take(NAME, "b")

    async def test_a_clock_that_is_set_back_holds_up_nobody(self, kept: Kept) -> None:
        assert await kept.leases.take(NAME, "a")
        await kept.pass_s(-timedelta(hours=1).total_seconds())
        assert await kept.leases.take(NAME, "b")
