"""The rules of versions side by side, and rows as an older version said them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.log import BEFORE_FIRST, RecordedEvent
from projections.former import AsBefore
from projections.tables import Change, Column, Prune, Put, Remove, Row, Table
from projections.versions import Version, fed_by, has_caught_up, read_by, schema_name
from tests.projections.fake_log import FakeLog
from tests.projections.histories import START

THINGS = Table("things", ("id",), tuple(Column(one, "text") for one in ("id", "said", "more")))
OTHERS = Table("others", ("id",), (Column("id", "text"),))

positions = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3))


def version(number: int, *, serves: bool = False, caught_up: bool = True) -> Version:
    return Version(number=number, serves=serves, caught_up=caught_up)


def test_nobody_reads_a_version_that_is_newer_than_his_program() -> None:
    assert [read_by(own, 2) for own in (1, 2, 3)] == [1, 2, 2]
    assert schema_name(2) == "rm_v2"


def test_a_worker_feeds_its_own_and_what_older_programs_read() -> None:
    known = [
        version(1),
        version(2, caught_up=False),
        version(3, serves=True),
        version(4, caught_up=False),
        version(5),
    ]
    assert fed_by(4, known) == {1, 3, 4}
    assert fed_by(3, known) == {1, 3}
    assert fed_by(1, []) == {1}


@given(new=positions, old=positions)
def test_nobody_goes_back_at_a_switch(new: dict[str, int], old: dict[str, int]) -> None:
    if has_caught_up(new, old, "abc"):
        assert all(new.get(one, BEFORE_FIRST) >= old[one] for one in old)
    else:
        assert any(new.get(one, BEFORE_FIRST) < max(old.values()) for one in "abc")


def test_a_read_model_that_is_new_is_there_as_well_before_the_switch() -> None:
    assert not has_caught_up({"a": 5}, {"a": 5}, "ab")
    assert not has_caught_up({"a": 5, "b": 3}, {"a": 5}, "ab")
    assert has_caught_up({"a": 5, "b": 5}, {"a": 5}, "ab")
    assert has_caught_up({"a": 5}, {"a": 5, "gone": 9}, "a")


class Saying:
    """A projector that says these."""

    name = "saying"

    def __init__(self, *changes: Change) -> None:
        self.changes, self.told = changes, ""

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        return self.changes

    def keep(self) -> None:
        self.told += "keep "

    def forget(self) -> None:
        self.told += "forget "


async def before(number: int, *changes: Change, columns: dict[str, frozenset[str]]) -> list[Change]:
    """What version `number` is fed by a program of version 3."""

    def less(row: Row) -> Row:
        return {**row, "said": f"{row['said']}, less"}

    def least(row: Row) -> Row:
        return {**row, "said": f"{row['said']}, least"}

    former = {2: {"things": less}, 1: {"things": least}}
    saying = Saying(*changes)
    as_before = AsBefore(saying, number, own=3, columns=columns, former=former)
    log = FakeLog()
    log.ignored()
    found = list(await as_before.project(log.events[0]))
    as_before.keep()
    as_before.forget()
    assert (as_before.name, saying.told) == ("saying", "keep forget ")
    return found


async def test_an_older_version_is_told_in_its_own_words_step_by_step() -> None:
    row: Row = {"id": "1", "said": "all", "more": "new"}
    columns = {"things": frozenset({"id", "said"})}
    for number, said in ((2, "all, less"), (1, "all, less, least")):
        (put,) = await before(number, Put(THINGS, row), columns=columns)
        assert isinstance(put, Put)
        assert put.row["said"] == said
        assert [one.name for one in put.table.columns] == ["id", "said"]


async def test_a_table_that_came_later_is_not_in_the_older_version() -> None:
    changes = (
        Put(OTHERS, {"id": "1"}),
        Remove(THINGS, ("1",)),
        Prune(THINGS, "said", START - timedelta(hours=1)),
    )
    found = await before(2, *changes, columns={"things": frozenset({"id", "said"})})
    assert [(type(one), one.table.name) for one in found] == [(Remove, "things"), (Prune, "things")]
