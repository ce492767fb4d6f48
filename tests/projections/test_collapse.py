"""A batch's changes give the same table as the changes one by one."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from adapters.read_models.memory import MemoryReadModels
from projections.tables import Change, Column, Put, Remove, Table

TALLY: Final = Table(
    name="tally",
    key=("name",),
    columns=(
        Column("name", "text"),
        Column("count", "int", "add"),
        Column("highest", "int", "latest"),
        Column("last", "text"),
    ),
)

names = st.sampled_from("abc")
puts = st.builds(
    lambda name, count, highest, last: Put(
        TALLY, {"name": name, "count": count, "highest": highest, "last": last}
    ),
    names,
    st.integers(0, 9),
    st.none() | st.integers(0, 9),
    st.text(max_size=2).filter(lambda text: "\x00" not in text),
)
changes = st.lists(puts | st.builds(lambda name: Remove(TALLY, (name,)), names), max_size=12)


@given(before=changes, batch=changes)
def test_a_batch_is_its_changes_one_by_one(before: list[Change], batch: list[Change]) -> None:
    together, apart = MemoryReadModels(), MemoryReadModels()
    together.change(before)
    together.change(batch)
    for change in [*before, *batch]:
        apart.change([change])
    for name in "abc":
        assert together.row(TALLY, (name,)) == apart.row(TALLY, (name,))
