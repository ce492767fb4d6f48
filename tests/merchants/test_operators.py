"""Operators and their keys: of another kind than merchants', and no merchant's key is one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from application.installation.in_force import FormatInForce
from application.merchants.authenticate import CACHED_S, NotAuthenticated, ScopeMissing
from application.operators import register
from application.ports.event_store import Appended, AppendNotSent
from domain.api_versions import V2026_11_01
from domain.installation.formats import FIRST, Format, FormatTooLow
from domain.log import BEFORE_FIRST
from domain.merchant import merchant as merchants
from domain.merchant.events import ApiKeyIssued, MerchantRegistered
from domain.merchant.rules import READ, WRITE, InvalidScopes
from domain.operator.events import (
    OperatorKeyIssued,
    OperatorKeyRevoked,
    OperatorNamed,
    OperatorRegistered,
)
from domain.operator.operator import ImpossibleOperator, fold, names
from domain.operator.rules import (
    OPERATE,
    InvalidOperator,
    OperatorExists,
    TooManyOperatorKeys,
    TooManyOperators,
    UnknownOperator,
    UnknownOperatorKey,
)
from tests.domain.facts import T0
from tests.merchants.surroundings import Town, open_town

REGISTERED = OperatorRegistered(operator="anna", name="Anna", at=T0)
ISSUED = OperatorKeyIssued(key_id="k", secret_hash="0" * 64, at=T0)
REVOKED = OperatorKeyRevoked(key_id="k", at=T0)


async def appoint(town: Town, operator: str = "anna") -> str:
    await town.operators.register(operator, name=operator.title(), actor="test")
    return (await town.operators.issue_key(operator, actor="test")).text


async def test_an_operators_key_opens_what_operators_do_and_every_merchants_payments(
    town: Town,
) -> None:
    text = await appoint(town)
    principal = await town.authentication.principal(text)

    assert text.startswith("io_anna_")
    assert (principal.operator, principal.merchant, principal.sees) == ("anna", "", None)
    principal.must_have(OPERATE)
    principal.must_have(READ)
    with pytest.raises(ScopeMissing):
        principal.must_have(WRITE)


async def test_a_merchant_sees_its_own_payments_and_may_never_operate(town: Town) -> None:
    (text,) = await town.settle("alma")
    principal = await town.authentication.principal(text)

    assert (principal.operator, principal.sees) == (None, "alma")
    with pytest.raises(ScopeMissing):
        principal.must_have(OPERATE)
    with pytest.raises(InvalidScopes):
        await town.merchants.issue_key("alma", scopes=(READ, OPERATE), actor="test")


def test_a_key_that_was_once_issued_with_the_scope_of_operators_lost_it() -> None:
    known = merchants.fold(
        [
            MerchantRegistered(merchant="alma", name="Alma", at=T0),
            ApiKeyIssued(
                key_id="k",
                secret_hash="0" * 64,
                scopes=(OPERATE, READ),
                api_version=V2026_11_01,
                at=T0,
            ),
        ]
    )

    assert known is not None
    assert known.keys["k"].scopes == {READ}


async def test_an_operator_and_a_merchant_of_one_name_are_two(town: Town) -> None:
    (merchants_key,) = await town.settle("anna")
    operators_key = await appoint(town, "anna")
    for text in (merchants_key, operators_key):
        await town.authentication.principal(text)
        other_kind = ("io" if text.startswith("ik") else "ik") + text[2:]
        with pytest.raises(NotAuthenticated):
            await town.authentication.principal(other_kind)


async def test_a_revoked_key_opens_nothing_when_the_cache_has_run_out(town: Town) -> None:
    text = await appoint(town)
    key_id = (await town.authentication.principal(text)).key_id
    await town.operators.revoke_key("anna", key_id, actor="test")
    await town.operators.revoke_key("anna", key_id, actor="test")  # changes nothing
    town.clock.turn(CACHED_S + 0.1)

    with pytest.raises(NotAuthenticated):
        await town.authentication.principal(text)
    assert len(await town.store.read_stream("operator-anna")) == 3


async def test_operators_are_listed_in_their_order_and_exist_once(town: Town) -> None:
    await appoint(town, "zoe")
    await appoint(town, "anna")
    with pytest.raises(OperatorExists):
        await town.operators.register("zoe", name="Zoe", actor="test")

    found = await town.operators.all()

    assert [(one.id, one.name, len(one.valid_keys)) for one in found] == [
        ("zoe", "Zoe", 1),
        ("anna", "Anna", 1),
    ]


async def test_who_was_named_and_not_registered_is_not_there_and_may_be_registered(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between both appends leaves nobody who is not listed."""
    real = town.store.append

    async def dies(stream: str, *rest: Any, **more: Any) -> Appended:
        if stream == "operator-anna":
            raise AppendNotSent("gone")
        return await real(stream, *rest, **more)

    monkeypatch.setattr(town.store, "append", dies)
    with pytest.raises(AppendNotSent):
        await appoint(town)
    assert await town.operators.all() == []
    monkeypatch.undo()
    await appoint(town)
    assert [one.id for one in await town.operators.all()] == ["anna"]


async def test_racing_registrations_have_one_winner(town: Town) -> None:
    answers = await asyncio.gather(
        *(town.operators.register("anna", name="A", actor="test") for _ in range(5)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in answers) == ["NoneType"] + ["OperatorExists"] * 4
    assert [one.id for one in await town.operators.all()] == ["anna"]


@pytest.mark.parametrize(("operator", "name"), [("An", "A"), ("anna b", "A"), ("anna", "A\n")])
async def test_names_that_are_none(town: Town, operator: str, name: str) -> None:
    with pytest.raises(InvalidOperator):
        await town.operators.register(operator, name=name, actor="test")
    assert await town.store.read_all(after=BEFORE_FIRST) == []


async def test_keys_have_bounds_and_must_be_known(town: Town) -> None:
    with pytest.raises(UnknownOperator):
        await town.operators.issue_key("anna", actor="test")
    await appoint(town)
    await town.operators.issue_key("anna", actor="test")
    with pytest.raises(TooManyOperatorKeys):
        await town.operators.issue_key("anna", actor="test")
    with pytest.raises(UnknownOperatorKey):
        await town.operators.revoke_key("anna", "0" * 12, actor="test")


async def test_operators_have_a_bound(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.operator.operator.OPERATORS_MAX", 1)
    await appoint(town)
    with pytest.raises(TooManyOperators):
        await appoint(town, "zoe")


async def test_an_operator_needs_a_format_that_knows_one() -> None:
    town = open_town(FormatInForce(Format(FIRST)))
    with pytest.raises(FormatTooLow):
        await appoint(town)
    assert await town.store.read_all(after=BEFORE_FIRST) == []


@pytest.mark.parametrize(
    "events",
    [
        [REGISTERED, REGISTERED],
        [ISSUED],
        [REGISTERED, REVOKED],
        [REGISTERED, ISSUED, ISSUED],
        [REGISTERED, ISSUED, REVOKED, REVOKED],
        [REGISTERED, OperatorNamed(operator="anna", at=T0)],
    ],
)
def test_what_cannot_have_happened_is_refused(events: list[Any]) -> None:
    with pytest.raises(ImpossibleOperator):
        fold(events)


def test_nobody_is_named_twice() -> None:
    named = OperatorNamed(operator="anna", at=T0)
    with pytest.raises(ImpossibleOperator):
        names([named, named])


def test_no_stream_of_an_operator_is_the_one_of_names() -> None:
    assert register.NAMES.startswith("operator-")
    assert register.stream_of("names") != register.NAMES
    assert "_" in register.NAMES.removeprefix("operator-")
