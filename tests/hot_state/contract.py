"""What every hot state must do. A subclass brings the `state` fixture, fresh and empty.

Expiry is tried with real, short times; no test needs anything to happen fast.
"""

import asyncio
from uuid import UUID, uuid4

from application.ports.hot_state import Fresh, HotState, Lock, Running, StoredAnswer
from tests.hot_state.polling import eventually

LONG_S = 60.0
SHORT_S = 0.02


def answer(merchant: str = "merchant-1", *, body: bytes = b'{"id":"pay_1"}') -> StoredAnswer:
    return StoredAnswer(
        fingerprint="f" * 64,
        merchant=merchant,
        status=201,
        body=body,
        content_type="application/json",
        payment="payment-1",
        revision=3,
        position=2**60,
    )


async def until_fresh(state: HotState, command: UUID) -> None:
    """Returns when what was kept of `command` has expired."""

    async def fresh() -> bool:
        return await state.begin(command, running_ttl_s=LONG_S) == Fresh()

    await eventually(fresh)


async def until_locked(state: HotState, name: str) -> Lock:
    lock = await eventually(lambda: state.lock(name, ttl_s=LONG_S))
    assert lock is not None
    return lock


class CommandContract:
    async def test_the_first_is_fresh_and_the_second_finds_it_running(
        self, state: HotState
    ) -> None:
        command = uuid4()
        assert await state.begin(command, running_ttl_s=LONG_S) == Fresh()
        assert await state.begin(command, running_ttl_s=LONG_S) == Running()
        assert await state.begin(uuid4(), running_ttl_s=LONG_S) == Fresh()

    async def test_only_one_of_many_at_once_is_fresh(self, state: HotState) -> None:
        command = uuid4()
        begun = await asyncio.gather(
            *(state.begin(command, running_ttl_s=LONG_S) for _ in range(50))
        )
        assert begun.count(Fresh()) == 1
        assert begun.count(Running()) == 49

    async def test_a_concluded_command_gives_its_answer_byte_for_byte(
        self, state: HotState
    ) -> None:
        command, given = uuid4(), answer(body=bytes(range(256)))
        await state.begin(command, running_ttl_s=LONG_S)
        await state.conclude(command, given, ttl_s=LONG_S)
        assert await state.begin(command, running_ttl_s=LONG_S) == given
        assert await state.wait(command, timeout_s=LONG_S) == given

    async def test_an_answer_may_be_kept_without_a_mark(self, state: HotState) -> None:
        command = uuid4()
        await state.conclude(command, answer(), ttl_s=LONG_S)
        assert await state.begin(command, running_ttl_s=LONG_S) == answer()

    async def test_a_running_mark_expires(self, state: HotState) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=SHORT_S)
        await until_fresh(state, command)
        assert await state.begin(command, running_ttl_s=LONG_S) == Running()

    async def test_an_answer_expires(self, state: HotState) -> None:
        command = uuid4()
        await state.conclude(command, answer(), ttl_s=SHORT_S)
        await until_fresh(state, command)
        assert await state.begin(command, running_ttl_s=LONG_S) == Running()

    async def test_an_abandoned_command_is_fresh_again(self, state: HotState) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=LONG_S)
        await state.abandon(command)
        assert await state.begin(command, running_ttl_s=LONG_S) == Fresh()

    async def test_abandoning_never_takes_an_answer_away(self, state: HotState) -> None:
        command = uuid4()
        await state.conclude(command, answer(), ttl_s=LONG_S)
        await state.abandon(command)
        assert await state.begin(command, running_ttl_s=LONG_S) == answer()


class WaitContract:
    async def test_those_who_wait_get_the_answer(self, state: HotState) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=LONG_S)
        waiting = [asyncio.create_task(state.wait(command, timeout_s=LONG_S)) for _ in range(200)]
        await asyncio.sleep(0)
        await state.conclude(command, answer(), ttl_s=LONG_S)
        async with asyncio.timeout(10):
            assert await asyncio.gather(*waiting) == [answer()] * 200

    async def test_those_who_wait_for_different_commands_get_their_own(
        self, state: HotState
    ) -> None:
        commands = [uuid4() for _ in range(100)]
        for command in commands:
            await state.begin(command, running_ttl_s=LONG_S)
        waiting = [
            asyncio.create_task(state.wait(command, timeout_s=LONG_S)) for command in commands
        ]
        for index, command in enumerate(commands):
            await state.conclude(command, answer(f"merchant-{index}"), ttl_s=LONG_S)
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*waiting)
        assert [one and one.merchant for one in answers] == [
            f"merchant-{index}" for index in range(100)
        ]

    async def test_waiting_ends_with_none_when_the_command_is_abandoned(
        self, state: HotState
    ) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=LONG_S)
        waiting = asyncio.create_task(state.wait(command, timeout_s=LONG_S))
        await asyncio.sleep(0.01)
        await state.abandon(command)
        async with asyncio.timeout(10):
            assert await waiting is None

    async def test_waiting_ends_with_none_when_the_mark_expires(self, state: HotState) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=SHORT_S)
        async with asyncio.timeout(10):
            assert await state.wait(command, timeout_s=LONG_S) is None

    async def test_waiting_ends_with_none_when_time_is_up(self, state: HotState) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=LONG_S)
        assert await state.wait(command, timeout_s=SHORT_S) is None
        assert await state.begin(command, running_ttl_s=LONG_S) == Running()

    async def test_nobody_waits_for_a_command_that_does_not_run(self, state: HotState) -> None:
        async with asyncio.timeout(10):
            assert await state.wait(uuid4(), timeout_s=LONG_S) is None

    async def test_one_who_gives_up_does_not_disturb_the_others(self, state: HotState) -> None:
        command = uuid4()
        await state.begin(command, running_ttl_s=LONG_S)
        leaves = asyncio.create_task(state.wait(command, timeout_s=LONG_S))
        stays = asyncio.create_task(state.wait(command, timeout_s=LONG_S))
        await asyncio.sleep(0.01)
        leaves.cancel()
        await asyncio.wait({leaves})
        await state.conclude(command, answer(), ttl_s=LONG_S)
        async with asyncio.timeout(10):
            assert await stays == answer()
        assert leaves.cancelled()


class LockContract:
    async def test_a_lock_has_one_holder(self, state: HotState) -> None:
        locks = await asyncio.gather(*(state.lock("a", ttl_s=LONG_S) for _ in range(50)))
        granted = [lock for lock in locks if lock is not None]
        assert len(granted) == 1
        assert await state.lock("b", ttl_s=LONG_S) is not None

    async def test_an_unlocked_name_is_granted_again_with_a_higher_token(
        self, state: HotState
    ) -> None:
        first = await until_locked(state, "a")
        assert await state.unlock(first)
        second = await until_locked(state, "a")
        assert second.token > first.token

    async def test_tokens_rise_over_expiry_and_the_late_holder_changes_nothing(
        self, state: HotState
    ) -> None:
        first = await state.lock("a", ttl_s=SHORT_S)
        assert first is not None
        second = await until_locked(state, "a")
        assert second.token > first.token
        assert not await state.unlock(first)
        assert await state.lock("a", ttl_s=LONG_S) is None
        assert await state.unlock(second)

    async def test_unlocking_twice_or_what_never_was_is_false(self, state: HotState) -> None:
        lock = await until_locked(state, "a")
        assert await state.unlock(lock)
        assert not await state.unlock(lock)
        assert not await state.unlock(Lock(name="never", token=1))

    async def test_tokens_of_a_name_always_rise(self, state: HotState) -> None:
        tokens = []
        for _ in range(100):
            lock = await until_locked(state, "a")
            tokens.append(lock.token)
            await state.unlock(lock)
        assert tokens == sorted(set(tokens))


class OutcomeContract:
    async def test_outcomes_are_counted_by_gateway_method_and_minute(self, state: HotState) -> None:
        for ok in (True, True, False):
            await state.record_outcome("alpha", "card", ok=ok, minute=1_000)
        await state.record_outcome("alpha", "upi", ok=True, minute=1_000)
        await state.record_outcome("beta", "card", ok=False, minute=999)
        recent = await state.recent_outcomes(
            ["alpha", "beta", "gamma"], "card", minute=1_000, minutes=30
        )
        assert recent == {"alpha": (2, 3), "beta": (0, 1), "gamma": (0, 0)}

    async def test_the_window_ends_where_it_should(self, state: HotState) -> None:
        for minute in (969, 970, 971, 998, 999, 1_000, 1_001):
            await state.record_outcome("alpha", "card", ok=True, minute=minute)

        async def counted(minutes: int) -> tuple[int, int]:
            recent = await state.recent_outcomes(["alpha"], "card", minute=1_000, minutes=minutes)
            return recent["alpha"]

        assert await counted(1) == (1, 1)
        assert await counted(2) == (2, 2)
        assert await counted(30) == (4, 4)
        assert await counted(1_000) == (4, 4)
        assert await counted(0) == (0, 0)

    async def test_nothing_asked_nothing_answered(self, state: HotState) -> None:
        assert await state.recent_outcomes([], "card", minute=1, minutes=30) == {}


class HotStateContract(CommandContract, WaitContract, LockContract, OutcomeContract):
    """All of it."""
