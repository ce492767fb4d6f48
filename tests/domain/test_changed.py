"""A copy with some fields changed, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as as_the_library_does

import pytest

from domain.changed import replace


@dataclass(frozen=True, slots=True)
class Plain:
    one: int
    two: str = "two"


@dataclass(frozen=True, slots=True)
class Checked:
    one: int

    def __post_init__(self) -> None:
        if self.one < 0:
            raise ValueError


@dataclass(slots=True)
class Loose:
    one: int


def test_it_gives_what_the_library_gives() -> None:
    plain = Plain(1)

    assert replace(plain, one=2) == as_the_library_does(plain, one=2) == Plain(2, "two")
    assert replace(plain) == plain
    assert plain == Plain(1, "two")


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="Plain has not all of one, three"):
        replace(Plain(1), one=1, three=3)


@pytest.mark.parametrize("thing", [Checked(1), Loose(1)])
def test_what_checks_itself_or_can_be_written_is_refused(thing: Checked | Loose) -> None:
    with pytest.raises(TypeError, match="plain frozen dataclass"):
        replace(thing, one=2)
