"""Which behaviour a request meets: by its payment's token, else by a draw of its key, else honest.

`tok_charge.closes_booked` has the charge meet that one; `capture`, `void`, `refund` and `all`
likewise, several joined by `+`; `tok_all.hangs_booked@alpha` only at the gateway alpha.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.gateways.hostile.behaviour import HONEST, Behaviour
from tests.gateways.hostile.behaviours import EVERY

PREFIX: Final = "tok_"
ALL: Final = "all"
SCOPES: Final = (ALL, "charge", "capture", "void", "refund")


class UnknownBehaviour(ValueError):
    """Nothing is known by that name."""


def behaviour_named(name: str) -> Behaviour:
    """Raises UnknownBehaviour."""
    if name not in EVERY:
        raise UnknownBehaviour(f"no behaviour is named {name!r}")
    return EVERY[name]


def by_token(token: str, gateway: str, kind: str) -> Behaviour | None:
    """None where the token says nothing of it. Raises UnknownBehaviour."""
    for part in token.removeprefix(PREFIX).split("+"):
        scope, dot, name = part.partition(".")
        name, _, only = name.partition("@")
        if dot and scope in (kind, ALL) and only in ("", gateway):
            return behaviour_named(name)
    return None


@dataclass(frozen=True, slots=True)
class Draw:
    """`share` of the keys meet one of `among`, the same for each key whenever it is asked."""

    seed: int = 0
    share: float = 0.0
    among: Sequence[Behaviour] = ()

    def of(self, gateway: str, kind: str, key: str) -> Behaviour:
        fitting = [one for one in self.among if kind in one.kinds]
        digest = hashlib.sha256(f"{self.seed} {gateway} {key}".encode()).digest()
        if not fitting or int.from_bytes(digest[:4]) >= self.share * 2**32:
            return HONEST
        return fitting[int.from_bytes(digest[4:8]) % len(fitting)]
