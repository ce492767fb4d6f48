"""Derived ids are uuid5 over the RFC 8785 array, as another implementation writes it."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import INTERLOCK, derived_id

PARTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**53) + 1, 2**53 - 1),
    max_size=5,
)


@given(PARTS)
def test_it_is_uuid5_over_the_canonical_array(parts: list[str | int]) -> None:
    assert derived_id(*parts) == uuid5(INTERLOCK, rfc8785.dumps(parts).decode())


def test_parts_do_not_run_into_each_other() -> None:
    ids = {
        derived_id(*parts) for parts in (("a", "b"), ("ab",), ("a,b",), ('a","b',), ("a", "b", ""))
    }

    assert len(ids) == 5


def test_it_is_the_same_for_ever() -> None:
    assert derived_id("merchant", "POST", "/v1/payments", "key-1") == UUID(
        "0d0c104f-482f-5a98-bed2-5a47b8787e4e"
    )


def test_what_is_no_text_has_no_id() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        derived_id("\ud800")
