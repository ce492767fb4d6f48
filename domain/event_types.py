"""The names under which facts are stored, their newest schema versions, and the way up to these.

Names are stable and no Python paths. An upcaster takes the JSON body of version n and gives that
of version n + 1; it must never drop what it does not understand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Body], Body]


class OnlyInNewer(Exception):
    """A body says what an older version of its event cannot say."""


@dataclass(frozen=True)
class Adds:
    """The upcaster of a version that only brings new members, each with what its absence meant.

    Knows the way back, too: `down` takes members off that say no more than their absence did.
    """

    members: Mapping[str, Any]

    def __call__(self, body: Body) -> Body:
        return {**self.members, **body}

    def down(self, body: Body) -> Body:
        """Raises OnlyInNewer."""
        for name, absent in self.members.items():
            if body.get(name, absent) != absent:
                raise OnlyInNewer(name)
        return {name: value for name, value in body.items() if name not in self.members}


def adds(**members: Any) -> Adds:
    """JSON values by member: what a body without it means."""
    return Adds(members)


class UnknownEvent(Exception):
    """A type or version that this program does not know: it must not guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypes:
    """The facts of one category of streams. `newest` and `upcasters` hold only what has moved
    beyond version 1."""

    types: Mapping[str, type]
    newest: Mapping[str, int]
    upcasters: Mapping[tuple[str, int], Upcaster]

    def newest_version(self, name: str) -> int:
        return self.newest.get(name, 1)

    def upcast(self, name: str, version: int, body: Body) -> Body:
        """The body in its newest version. Raises UnknownEvent."""
        if name not in self.types or not 1 <= version <= self.newest_version(name):
            raise UnknownEvent(f"{name} version {version}")
        for step in range(version, self.newest_version(name)):
            body = self.upcasters[name, step](body)
        return body

    def downcast(self, name: str, version: int, body: Body) -> Body:
        """A body of the newest version in this older one. Raises OnlyInNewer."""
        for step in range(self.newest_version(name) - 1, version - 1, -1):
            upcaster = self.upcasters[name, step]
            if not isinstance(upcaster, Adds):
                raise OnlyInNewer(f"{name} version {step}")
            body = upcaster.down(body)
        return body
