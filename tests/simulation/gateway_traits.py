"""What the simulated gateways offer: a few kinds that real ones come in, and who is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from domain.gateway.capabilities import Capabilities, Remainder
from tests.simulation.faults import Faults

HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S
NAMES: Final = ("alpha", "beta", "gamma")
GATEWAYS_BY_CHANCE: Final = (1, 1, 2, 2, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """`key_lifetime_s` 0: not idempotent. `lapses`: what it still holds at the end of its
    lifetime is let go by the gateway itself, which a void then gets to hear."""

    name: str
    account: str
    endpoint: str
    key_lifetime_s: float
    look_up: bool
    cancel_by_key: bool
    absence_is_final: bool
    lateness_s: float
    several_captures: bool
    authorization_lifetime_s: float
    lapses: bool
    refunds: bool = True
    remainder: Remainder = "kept"

    def capabilities(self) -> Capabilities:
        return Capabilities(
            methods=frozenset({"card"}),
            currencies=None,
            manual_capture=True,
            several_captures=self.several_captures,
            remainder=self.remainder,
            refunds=self.refunds,
            authorization_lifetime_s=self.authorization_lifetime_s,
            key_lifetime_s=self.key_lifetime_s,
            look_up=self.look_up,
            absence_final=self.absence_is_final,
            cancel_by_key=self.cancel_by_key,
            lateness_s=self.lateness_s,
        )

    def as_history(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "endpoint": self.endpoint,
            "key_lifetime_s": self.key_lifetime_s,
            "look_up": self.look_up,
            "cancel_by_key": self.cancel_by_key,
            "absence_is_final": self.absence_is_final,
            "lateness_s": self.lateness_s,
            "several_captures": self.several_captures,
            "remainder": self.remainder,
            "authorization_lifetime_s": self.authorization_lifetime_s,
            "refunds": self.refunds,
        }


def drawn_gateways(random: Random, faults: Faults) -> list[Traits]:
    """By priority."""
    names = NAMES[: random.choice(GATEWAYS_BY_CHANCE)]
    drawn = [_drawn(name, random) for name in names]
    apart = faults.apart(f"gateways {drawn}")
    drawn = [replace(one, refunds=apart.random() < 0.85) for one in drawn]
    apart = faults.apart(f"remainders {names}")
    return [_what_a_capture_leaves(one, apart) for one in drawn]


def _what_a_capture_leaves(traits: Traits, random: Random) -> Traits:
    released = random.random() < 0.5 and not traits.several_captures
    return replace(traits, remainder="released") if released else traits


def _drawn(name: str, random: Random) -> Traits:
    lateness_s = random.choice((5.0, 20.0, 60.0, 60.0, 120.0))
    lifetimes_s = (0.0, lateness_s, 2.0 * lateness_s, 600.0, HOUR_S, DAY_S, DAY_S, DAY_S)
    lifetime_s = random.choice(lifetimes_s)
    look_up = random.random() < 0.7
    return Traits(
        name=name,
        account=f"acct_{name}",
        endpoint=f"https://{name}.example",
        key_lifetime_s=lifetime_s,
        look_up=look_up,
        cancel_by_key=random.random() < 0.5,
        absence_is_final=look_up and random.random() < 0.5,
        lateness_s=lateness_s,
        several_captures=random.random() < 0.6,
        authorization_lifetime_s=random.choice((2 * HOUR_S, 7 * DAY_S, 7 * DAY_S)),
        lapses=random.random() < 0.3,
    )
