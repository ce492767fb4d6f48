"""Merchants in the log: registered once, their secrets nowhere, their chain whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from application.installation.in_force import FormatInForce
from application.merchants.first_start import make_first
from application.merchants.register import MerchantBusy
from application.ports.event_store import Appended, WrongRevision
from domain.api_versions import V2026_11_01, V2026_12_01
from domain.chain import decode_metadata, verify
from domain.installation.formats import FIRST, NEWEST, Format, FormatTooLow
from domain.log import BEFORE_FIRST
from domain.merchant.merchant import fold
from domain.merchant.rules import (
    MerchantExists,
    TooManyKeys,
    UnknownKey,
    UnknownMerchant,
    UnknownVersion,
)
from tests.merchants.surroundings import Town, open_town


async def test_the_secret_is_shown_once_and_stored_nowhere(town: Town) -> None:
    (text,) = await town.settle("alma")
    secret = text.rsplit("_", 1)[-1]
    stored = await town.store.read_all(after=BEFORE_FIRST)

    assert [one.type for one in stored] == ["MerchantRegistered", "ApiKeyIssued"]
    assert not [one for one in stored if secret.encode() in one.data + one.metadata]
    issued = await town.merchants.issue_key("alma", actor="test")
    assert issued.text not in repr(issued)


async def test_the_stream_is_chained_and_says_who_did_it(town: Town) -> None:
    await town.settle("alma")
    stored = await town.store.read_stream("merchant-alma")

    assert verify(stored)
    told = [decode_metadata(one.metadata) for one in stored]
    assert {(one.actor, one.merchant, one.recover_after) for one in told} == {
        ("test", "alma", None)
    }


async def test_racing_registrations_have_one_winner(town: Town) -> None:
    answers = await asyncio.gather(
        *(town.merchants.register("alma", name=f"A{one}", actor="test") for one in range(5)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in answers) == ["MerchantExists"] * 4 + ["NoneType"]
    assert len(await town.store.read_stream("merchant-alma")) == 1


async def test_racing_issues_never_make_a_third_valid_key(town: Town) -> None:
    await town.settle("alma")
    answers = await asyncio.gather(
        *(town.merchants.issue_key("alma", actor="test") for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, TooManyKeys) for one in answers) == 3
    merchant = await town.merchants.find("alma")
    assert merchant is not None
    assert len(merchant.valid_keys) == 2


async def test_refusals_leave_nothing(town: Town) -> None:
    await town.settle("alma")
    before = await town.store.read_all(after=BEFORE_FIRST)
    with pytest.raises(MerchantExists):
        await town.merchants.register("alma", name="Alma", actor="test")
    with pytest.raises(UnknownMerchant):
        await town.merchants.issue_key("nobody", actor="test")
    with pytest.raises(UnknownKey):
        await town.merchants.revoke_key("alma", "nothing", actor="test")

    assert await town.store.read_all(after=BEFORE_FIRST) == before
    assert fold([]) is await town.merchants.find("nobody")


async def test_a_merchant_whom_others_change_again_and_again_is_busy(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    appends = []

    async def too_late(stream: str, expected: int, *_: Any, **__: Any) -> Appended:
        appends.append(stream)
        raise WrongRevision(stream, expected, expected + 1)

    monkeypatch.setattr(town.store, "append", too_late)

    with pytest.raises(MerchantBusy):
        await town.merchants.register("alma", name="Alma", actor="test")

    assert appends == ["merchant-alma"] * 8


async def test_the_first_start_makes_those_that_are_not_there_and_a_later_one_none(
    town: Town,
) -> None:
    await town.settle("globex")
    made = await make_first(town.merchants)

    assert [merchant for merchant, _ in made] == ["acme"]
    assert (await town.authentication.principal(made[0][1])).merchant == "acme"
    assert await make_first(town.merchants) == []


async def issued_in(number: int, version: str | None) -> tuple[int, str]:
    """The version in which the event is stored, and the API's that it names."""
    town = open_town(FormatInForce(Format(number)))
    await town.merchants.register("alma", name="Alma", actor="test")
    key = await town.merchants.issue_key("alma", actor="test", api_version=version)
    merchant = await town.merchants.find("alma")
    assert merchant is not None
    (stored,) = (await town.store.read_stream("merchant-alma"))[1:]
    assert stored.type == "ApiKeyIssued"
    return decode_metadata(stored.metadata).version, merchant.keys[key.key_id].api_version


async def test_a_key_gets_the_newest_version_that_may_be_recorded() -> None:
    assert await issued_in(NEWEST, None) == (2, V2026_12_01)
    assert await issued_in(NEWEST, V2026_11_01) == (2, V2026_11_01)


async def test_while_the_format_is_lower_a_key_is_issued_as_before() -> None:
    assert await issued_in(FIRST, None) == (1, V2026_11_01)
    assert await issued_in(FIRST, V2026_11_01) == (1, V2026_11_01)
    with pytest.raises(FormatTooLow, match="ApiKeyIssued 1: api_version"):
        await issued_in(FIRST, V2026_12_01)


async def test_a_key_is_issued_in_published_versions_only(town: Town) -> None:
    await town.settle("alma")
    with pytest.raises(UnknownVersion, match="2026-11-01, 2026-12-01"):
        await town.merchants.issue_key("alma", actor="test", api_version="2026-11-02")
