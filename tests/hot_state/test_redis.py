"""Hot state in Redis: the contract against a real server, and what happens when it goes away."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.hot_state.redis import RedisHotState
from application.ports.hot_state import Fresh, HotState, HotStateUnavailable, Lock, Running
from tests.hot_state.contract import LONG_S, HotStateContract, answer
from tests.hot_state.polling import eventually

pytestmark = pytest.mark.slow


def patient(url: str, *, prefix: str = "interlock:") -> RedisHotState:
    """Not one that takes a busy machine for an outage."""
    return RedisHotState(url, prefix=prefix, timeout_s=10.0)


class TestRedisHotState(HotStateContract):
    @pytest.fixture
    async def state(self, redis_url: str) -> AsyncIterator[HotState]:
        state = patient(redis_url)
        yield state
        await state.aclose()


@pytest.fixture
async def states(redis_url: str) -> AsyncIterator[tuple[RedisHotState, RedisHotState]]:
    """Two processes' views of one server."""
    one, other = patient(redis_url), patient(redis_url)
    yield one, other
    await one.aclose()
    await other.aclose()


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def subscriptions(client: Redis, count: int) -> bool:
    """Whether just so many commands are listened to."""
    return len(await client.pubsub_channels("interlock:told:*")) == count


async def test_another_process_wakes_those_who_wait(
    states: tuple[RedisHotState, RedisHotState],
) -> None:
    one, other = states
    command = uuid4()
    assert await one.begin(command, running_ttl_s=LONG_S) == Fresh()
    waiting = asyncio.create_task(other.wait(command, timeout_s=LONG_S))
    await asyncio.sleep(0)
    await one.conclude(command, answer(), ttl_s=LONG_S)
    async with asyncio.timeout(10):
        assert await waiting == answer()


async def test_a_thousand_who_wait_need_one_connection(
    states: tuple[RedisHotState, RedisHotState], client: Redis
) -> None:
    one, other = states
    commands = [uuid4() for _ in range(1_000)]
    await asyncio.gather(*(one.begin(command, running_ttl_s=LONG_S) for command in commands))
    waiting = [asyncio.create_task(other.wait(command, timeout_s=LONG_S)) for command in commands]
    async with asyncio.timeout(30):
        await eventually(lambda: subscriptions(client, len(commands)))
        subscribers = [c for c in await client.client_list() if int(c["sub"]) > 0]
        assert len(subscribers) == 1
        await asyncio.gather(*(one.conclude(c, answer(), ttl_s=LONG_S) for c in commands))
        assert await asyncio.gather(*waiting) == [answer()] * 1_000
        await eventually(lambda: subscriptions(client, 0))


async def test_a_lost_message_is_made_good(
    states: tuple[RedisHotState, RedisHotState], client: Redis
) -> None:
    one, other = states
    command, twin = uuid4(), uuid4()
    await one.begin(command, running_ttl_s=LONG_S)
    waiting = asyncio.create_task(other.wait(command, timeout_s=LONG_S))
    async with asyncio.timeout(10):
        await eventually(lambda: subscriptions(client, 1))
        # The answer appears, and nobody is told.
        await one.conclude(twin, answer(), ttl_s=LONG_S)
        await client.rename(f"interlock:command:{twin}", f"interlock:command:{command}")
        assert await waiting == answer()


async def test_a_broken_subscriber_connection_is_made_good(
    states: tuple[RedisHotState, RedisHotState], client: Redis
) -> None:
    one, other = states
    command = uuid4()
    await one.begin(command, running_ttl_s=LONG_S)
    waiting = asyncio.create_task(other.wait(command, timeout_s=LONG_S))
    async with asyncio.timeout(10):
        await eventually(lambda: subscriptions(client, 1))
        await client.client_kill_filter(_type="pubsub")
        await one.conclude(command, answer(), ttl_s=LONG_S)
        assert await waiting == answer()


async def test_tokens_rise_even_when_the_server_has_forgotten_everything(
    states: tuple[RedisHotState, RedisHotState], client: Redis
) -> None:
    one, other = states
    before = await one.lock("a", ttl_s=LONG_S)
    await client.flushall()
    after = await other.lock("a", ttl_s=LONG_S)
    assert before is not None
    assert after is not None
    assert after.token > before.token


async def test_tokens_rise_even_when_the_clock_of_the_server_went_back(
    states: tuple[RedisHotState, RedisHotState], client: Redis
) -> None:
    far_ahead = 9_000_000_000_000_000
    await client.set("interlock:fence", far_ahead)
    lock = await states[0].lock("a", ttl_s=LONG_S)
    assert lock is not None
    assert lock.token == far_ahead + 1


async def test_an_unreadable_answer_is_no_answer(redis_url: str, client: Redis) -> None:
    state, command = patient(redis_url), uuid4()
    await client.set(f"interlock:command:{command}", b"\xffgarbage")
    with pytest.raises(HotStateUnavailable):
        await state.begin(command, running_ttl_s=LONG_S)
    with pytest.raises(HotStateUnavailable):
        await state.wait(command, timeout_s=LONG_S)
    await state.aclose()


async def test_a_refusal_of_the_server_is_told_and_does_not_close_it_off(
    redis_url: str, client: Redis
) -> None:
    state = patient(redis_url)
    await client.set("interlock:outcomes:card:7", "not a hash")
    with pytest.raises(HotStateUnavailable, match="refused"):
        await state.record_outcome("alpha", "card", ok=True, minute=7)
    await state.record_outcome("alpha", "card", ok=True, minute=8)
    counted = await state.recent_outcomes(["alpha"], "card", minute=8, minutes=1)
    assert counted == {"alpha": (1, 1)}
    await state.aclose()


async def test_prefixes_keep_installations_apart(redis_url: str) -> None:
    one, other = patient(redis_url, prefix="one:"), patient(redis_url, prefix="two:")
    command = uuid4()
    assert await one.begin(command, running_ttl_s=LONG_S) == Fresh()
    assert await other.begin(command, running_ttl_s=LONG_S) == Fresh()
    await one.aclose()
    await other.aclose()


async def test_a_burst_is_answered_whole(states: tuple[RedisHotState, RedisHotState]) -> None:
    one, _ = states
    command = uuid4()
    begun = await asyncio.gather(*(one.begin(command, running_ttl_s=LONG_S) for _ in range(5_000)))
    assert begun.count(Fresh()) == 1


async def test_a_caller_who_is_cancelled_does_not_disturb_the_others(
    states: tuple[RedisHotState, RedisHotState],
) -> None:
    one, _ = states
    calls = [asyncio.create_task(one.begin(uuid4(), running_ttl_s=LONG_S)) for _ in range(100)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert results[1::2] == [Fresh()] * 50
    assert {type(result) for result in results[::2]} == {asyncio.CancelledError}


async def test_scripts_that_the_server_has_forgotten_are_given_again(
    states: tuple[RedisHotState, RedisHotState], client: Redis
) -> None:
    one, _ = states
    command = uuid4()
    assert await one.begin(command, running_ttl_s=LONG_S) == Fresh()
    await client.script_flush()
    results = await asyncio.gather(
        one.begin(command, running_ttl_s=LONG_S),
        one.lock("a", ttl_s=LONG_S),
        one.recent_outcomes(["alpha"], "card", minute=1, minutes=1),
    )
    assert results[0] == Running()
    assert results[1] is not None
    assert results[2] == {"alpha": (0, 0)}


async def test_closing_fails_what_is_not_answered(redis_url: str) -> None:
    state = patient(redis_url)
    calls = [asyncio.create_task(state.lock(f"{n}", ttl_s=LONG_S)) for n in range(1_000)]
    await asyncio.sleep(0)
    await state.aclose()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} <= {Lock, HotStateUnavailable}
    assert HotStateUnavailable in {type(result) for result in results}
