"""Who is asking: cheap, bounded in staleness, and silent about why not."""

from __future__ import annotations

import asyncio

import pytest

from application.merchants import authenticate
from application.merchants.authenticate import CACHED_S, NotAuthenticated, ScopeMissing
from domain.merchant.api_tokens import read_token
from domain.merchant.rules import READ, WRITE
from tests.merchants.surroundings import Town


def key_id(text: str) -> str:
    token = read_token(text)
    assert token is not None
    return token.key_id


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
    guess = "ik_alma_" + "0" * 12 + "_" + "0" * 64
    assert not await is_known(town, guess)
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
        assert not await is_known(town, f"ik_stranger{one}_" + "0" * 12 + "_" + "0" * 64)
    town.store.reads = 0

    assert await is_known(town, text)
    assert town.store.reads == 0
    assert not await is_known(town, "ik_stranger0_" + "0" * 12 + "_" + "0" * 64)
    assert town.store.reads == 1
