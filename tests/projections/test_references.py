"""The index from a gateway's reference to its payment knows every fact that bears one."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.resources import files
from typing import Final, get_args

from adapters.read_models.postgres import statements
from domain.payment.events import PaymentEvent, ResolveProposed, ResolveRefused, ReviewResolved

MIGRATION: Final = files("adapters.read_models.migrations").joinpath("0002_found_by.sql")
# What operators say is words of somebody: a person finds those payments in the list of reviews.
OF_PEOPLE: Final = frozenset({ResolveProposed, ResolveRefused, ReviewResolved})


def types_in(statement: str) -> set[str]:
    (listed,) = re.findall(r"type IN \(([^)]*)\)", statement)
    return set(re.findall(r"'(\w+)'", listed))


def test_index_and_question_name_every_fact_that_bears_a_reference() -> None:
    bearing = {
        kind.__name__
        for kind in get_args(PaymentEvent)
        if kind not in OF_PEOPLE and "reference" in {one.name for one in fields(kind)}
    }
    assert types_in(MIGRATION.read_text()) == bearing
    assert types_in(statements.BY_REFERENCE) == bearing
