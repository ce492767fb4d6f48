"""What is bought in a storm: lives of payments, each with the behaviours that it meets at the
gateway. All combinations come in turn, in an order drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from string import ascii_lowercase
from typing import Any, Final, Literal, TypeAlias

from domain.canonical import derived_id
from tests.crash.diary import MERCHANT
from tests.gateways.hostile.behaviours import EVERY, honest, lying

Kind: TypeAlias = Literal["charge", "capture", "void", "refund"]
KINDS: Final[tuple[Kind, ...]] = ("charge", "capture", "void", "refund")
FIRST_GATEWAY: Final = {"card": "alpha", "upi": "beta", "wallet": "gamma"}
METHODS: Final = {"card": 6, "upi": 3, "wallet": 1}
PLAIN, LYING = 0.2, 0.1  # shares of the lives that meet nothing, and that are lied to
SECOND: Final = 0.15  # of the others meet something at the charge as well
ONE_GATEWAY: Final = 0.4
CARELESS: Final = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """`kind`: what is asked for last. `met`: behaviours by what they are met at. `careless`: asks
    once, and comes back no more, whatever was answered."""

    key: str
    kind: Kind
    met: dict[str, str]
    token: str
    method: str
    amount: int
    currency: str
    careless: bool

    @property
    def payment(self) -> str:
        return f"pay_{derived_id(MERCHANT, 'POST', '/v1/payments', self.key).hex}"

    @property
    def is_lied_to(self) -> bool:
        return any(EVERY[one].lies for one in self.met.values())

    @property
    def is_manual(self) -> bool:
        return self.kind in ("capture", "void")

    def body(self) -> dict[str, Any]:
        method = {"type": self.method, "token": self.token}
        body = {"amount": self.amount, "currency": self.currency, "payment_method": method}
        return body | ({"capture_method": "manual"} if self.is_manual else {})


def lives(dice: Random) -> Iterator[Life]:
    """Without end."""
    true, false = (
        cycle(_shuffled(dice, [(kind, one.name) for one in these for kind in KINDS
                               if kind in one.kinds]))
        for these in (honest(), lying())
    )  # fmt: skip
    while True:
        draw = dice.random()
        if draw < PLAIN:
            yield _life(dice, dice.choice(KINDS), {})
            continue
        kind, name = next(false if draw < PLAIN + LYING else true)
        met: dict[str, str] = {kind: name}
        if kind != "charge" and dice.random() < SECOND:
            met["charge"] = dice.choice(honest()).name
        yield _life(dice, kind, met)


def _life(dice: Random, kind: Kind, met: dict[str, str]) -> Life:
    (method,) = dice.choices(list(METHODS), list(METHODS.values()))
    only = f"@{FIRST_GATEWAY[method]}" if dice.random() < ONE_GATEWAY else ""
    parts = [f"{scope}.{name}{only}" for scope, name in met.items()]
    return Life(
        key=fresh_key(dice),
        kind=kind,
        met=met,
        token="tok_" + ("+".join(parts) or "ok"),
        method=method,
        amount=dice.randrange(200, 90_000),
        currency=dice.choice(["INR", "EUR"]),
        careless=dice.random() < CARELESS,
    )


def fresh_key(dice: Random) -> str:
    """Of letters: digits could be a card number, of which only a hash goes on."""
    return "".join(dice.choices(ascii_lowercase, k=24))


def _shuffled(dice: Random, combinations: Sequence[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
    return dice.sample(combinations, len(combinations))
