"""Facts survive being written and read, whatever is in them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from tests.domain.samples import CODEC_OF, ROOMS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Money: st.builds(Money, st.integers(0, 10**30), st.sampled_from(["EUR", "JPY"])),
    dict[str, str]: st.dictionaries(TEXT, TEXT, max_size=3),
    dict[str, float]: st.dictionaries(TEXT, st.floats(-1, 1), max_size=3),
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
}
TYPES = {name: kind for _, known, _ in ROOMS for name, kind in known.types.items()}


def values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in BY_TYPE:
        return BY_TYPE[hint]
    if hasattr(hint, "__dataclass_fields__"):
        return instances(hint)
    arguments: tuple[Any, ...] = getattr(hint, "__args__", ())
    if getattr(hint, "__origin__", None) is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if arguments and type(None) in arguments:
        return st.one_of(st.none(), *(values(one) for one in arguments if one is not type(None)))
    return st.from_type(hint)


def instances(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: values(hints[one.name]) for one in fields(kind)})


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_a_fact_survives_being_written_and_read(name: str, data: st.DataObject) -> None:
    fact = data.draw(instances(TYPES[name]))
    codec = CODEC_OF[name]

    assert codec.decode(*codec.encode(fact)) == fact
