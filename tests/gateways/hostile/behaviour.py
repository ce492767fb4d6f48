"""What a behaviour is: what happens in the books, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tests.gateways.hostile.turn import Say, tell


class Effect(Enum):
    DONE = auto()
    NOTHING = auto()  # a repeat of the key is processed
    REFUSED = auto()  # nothing, and so is every repeat
    DECLINED = auto()
    PENDING_DONE = auto()  # decided after a while
    PENDING_DECLINED = auto()
    PENDING = auto()  # never decided
    LATER = auto()  # in flight for as long as nobody waits, then done
    PART = auto()  # half of what was asked for
    MORE = auto()  # of a charge: a hundred minor units more than asked for
    TWICE = auto()  # of a charge: another one under the same key


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """`say` answers the first request of a key, `again` its repeats, `look_up` and `cancel` what
    they are named for. `lies`: it tells for certain what is not so, so that no caller can end right
    by what it was answered; sooner or later `look_up` or a notice tells the truth."""

    name: str
    effect: Effect = Effect.DONE
    say: Say = tell
    again: Say = tell
    look_up: Say = tell
    cancel: Say = tell
    lies: bool = False
    kinds: tuple[str, ...] = ("charge", "capture", "void", "refund")  # that it makes sense for


class Catalogue(dict[str, Behaviour]):
    def put(self, behaviours: Iterable[Behaviour]) -> None:
        """Raises ValueError for a name that is taken."""
        for one in behaviours:
            if one.name in self:
                raise ValueError(f"two behaviours are named {one.name}")
            self[one.name] = one


HONEST: Final = Behaviour(name="honest")
