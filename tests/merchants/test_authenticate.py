"""Who is asking: cheap, bounded in staleness, and silent about why not."""

from __future__ import annotations

import asyncio
import hmac
from typing import Any

import pytest

from application.merchants import authenticate
from application.merchants.authenticate import CACHED_S, NotAuthenticated, ScopeMissing
from domain.log import RecordedEvent
from domain.merchant.api_tokens import read_token
from domain.merchant.rules import READ, WRITE
from tests.merchants.surroundings import Town


def key_id(text: str) -> str:
    token = read_token(text)
    assert token is not None
    return token.key_id


def guess_at(merchant: str) -> str:
    return f"ik_{merchant}_" + "0" * 12 + "_" + "0" * 64


async def is_known(town: Town, text: str) -> bool:
    try:
        await town.authentication.principal(text)
    except NotAuthenticated:
        return False
    return True


async def test_a_key_names_its_merchant_and_scopes(town: Town) -> None:
    await town.settle("alma")
    issued = await town.merchants.issue_key("alma", scopes=(READ,), actor="test")
    principal = await town.authentication.principal(issued.text)

    assert (principal.merchant, principal.key_id) == ("alma", issued.key_id)
    principal.must_have(READ)
    with pytest.raises(ScopeMissing):
        principal.must_have(WRITE)


async def test_many_requests_cost_one_read(town: Town) -> None:
    (text,) = await town.settle("alma")
    town.store.reads = 0
    answers = await asyncio.gather(*(is_known(town, text) for _ in range(100)))

    assert all(answers)
    assert town.store.reads == 1
    town.clock.turn(CACHED_S + 0.1)
    assert await is_known(town, text)
    assert town.store.reads == 2


async def test_a_wrong_secret_and_anothers_key_are_refused(town: Town) -> None:
    alma, basil = await town.settle("alma", "basil")
    wrong = alma[:-1] + ("0" if alma[-1] != "0" else "1")
    crossed = basil.replace("basil", "alma")

    assert not await is_known(town, wrong)
    assert not await is_known(town, crossed)
    assert not await is_known(town, "")
    assert await is_known(town, alma)


async def test_a_revoked_key_is_taken_no_longer_than_the_cache_lives(town: Town) -> None:
    (text,) = await town.settle("alma")
    assert await is_known(town, text)
    await town.merchants.revoke_key("alma", key_id(text), actor="test")
    town.clock.turn(CACHED_S)

    assert not await is_known(town, text)
    assert CACHED_S <= 30


async def test_both_keys_work_during_a_rotation(town: Town) -> None:
    (old,) = await town.settle("alma")
    assert await is_known(town, old)
    new = (await town.merchants.issue_key("alma", actor="test")).text
    town.clock.turn(authenticate.LOOK_AGAIN_S)

    assert await is_known(town, new)
    assert await is_known(town, old)


async def test_a_merchant_who_registers_after_a_guess_is_known_soon(town: Town) -> None:
    assert not await is_known(town, guess_at("alma"))
    (text,) = await town.settle("alma")
    town.clock.turn(authenticate.LOOK_AGAIN_S)

    assert await is_known(town, text)


async def test_guesses_cost_one_read_a_second(town: Town) -> None:
    await town.settle("alma")
    town.store.reads = 0
    guesses = [f"ik_alma_{one:012x}_" + "0" * 64 for one in range(50)]
    assert not any([await is_known(town, one) for one in guesses])

    assert town.store.reads == 1


async def test_strangers_push_no_merchant_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticate, "CACHED_STRANGERS_MAX", 3)
    (text,) = await town.settle("alma")
    assert await is_known(town, text)
    for one in range(20):
        assert not await is_known(town, guess_at(f"stranger{one}"))
    town.store.reads = 0

    assert await is_known(town, text)
    assert town.store.reads == 0
    assert not await is_known(town, guess_at("stranger0"))
    assert town.store.reads == 1


async def test_of_merchants_the_longest_unused_is_forgotten(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticate, "CACHED_MERCHANTS_MAX", 3)
    alma, basil, cleo, dora = await town.settle("alma", "basil", "cleo", "dora")
    for text in (alma, basil, cleo, alma):
        assert await is_known(town, text)
    town.store.reads = 0
    assert await is_known(town, dora)
    assert town.store.reads == 1

    assert all([await is_known(town, one) for one in (alma, cleo, dora)])
    assert town.store.reads == 1
    assert await is_known(town, basil)
    assert town.store.reads == 2


async def test_a_stranger_who_registers_takes_no_place_among_the_strangers(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticate, "CACHED_STRANGERS_MAX", 2)
    assert not await is_known(town, guess_at("alma"))
    (text,) = await town.settle("alma")
    town.clock.turn(authenticate.LOOK_AGAIN_S)
    assert not await is_known(town, guess_at("xaver"))
    assert await is_known(town, text)
    assert not await is_known(town, guess_at("yann"))
    town.store.reads = 0

    assert not await is_known(town, guess_at("xaver"))
    assert not await is_known(town, guess_at("yann"))

    assert town.store.reads == 0


async def test_a_merchant_whose_stream_is_gone_is_a_stranger_like_any_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deleted it: nothing is kept of what it said, and asking costs one read a second."""
    (text,) = await town.settle("alma")
    assert await is_known(town, text)
    reads = []

    async def gone(stream: str, **_: Any) -> list[RecordedEvent]:
        reads.append(stream)
        return []

    monkeypatch.setattr(town.store, "read_stream", gone)
    town.clock.turn(CACHED_S)

    assert not any([await is_known(town, text) for _ in range(5)])

    assert reads == ["merchant-alma"]


@pytest.mark.parametrize("at_s", [0.0, 100_000.0])
async def test_how_long_an_entry_is_believed_whatever_the_clock_shows(
    town: Town, at_s: float
) -> None:
    town.clock.turn(at_s)
    (text,) = await town.settle("alma")
    assert await is_known(town, text)
    town.store.reads = 0

    town.clock.turn(CACHED_S - 0.25)
    assert await is_known(town, text)
    assert town.store.reads == 0
    town.clock.turn(0.25)
    assert await is_known(town, text)
    assert town.store.reads == 1


async def test_how_soon_an_unknown_key_is_looked_for_again(town: Town) -> None:
    town.clock.turn(100_000.0)
    await town.settle("alma")
    assert not await is_known(town, guess_at("alma"))
    town.store.reads = 0

    town.clock.turn(authenticate.LOOK_AGAIN_S - 0.25)
    assert not await is_known(town, guess_at("alma"))
    assert town.store.reads == 0
    town.clock.turn(0.25)
    assert not await is_known(town, guess_at("alma"))
    assert town.store.reads == 1


async def test_a_key_that_is_not_there_is_compared_like_one_that_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many characters on either side: the time of an answer tells nothing."""
    (text,) = await town.settle("alma")
    compared = []
    ordinary = hmac.compare_digest

    def seen(expected: str, given: str) -> bool:
        compared.append((len(expected), len(given)))
        return ordinary(expected, given)

    monkeypatch.setattr(hmac, "compare_digest", seen)
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")

    for one in (wrong, guess_at("alma"), guess_at("nobody")):
        assert not await is_known(town, one)

    assert compared == [(64, 64)] * 3
