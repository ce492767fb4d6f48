"""What is left of a hold, by the terms that are on record of it.

One rule for what is shown, what is decided and what ends by itself."""

from __future__ import annotations

from domain.money import Money
from domain.payment.attempt import Hold
from domain.payment.state import Facts, Holding


def takes_another(facts: Facts, hold: Hold, *, undeclared: bool = True) -> bool:
    """Whether one more capture may be asked for: as many as there is room for, or only one that
    comes to something. `undeclared`: of a hold of which no terms are on record."""
    several = undeclared if hold.captures is None else hold.captures.several
    return several or facts.by_means(hold, "capture").is_zero


def capturable(payment: Holding) -> Money:
    """What may still be captured: what is held, but nothing beside the only capture of a gateway
    that takes one."""
    left = releasable(payment)
    return left if takes_another(payment.facts, payment.hold) else left.zero()


def releasable(payment: Holding) -> Money:
    """What is still held: authorized less captured, voided and open. With the only capture of a
    gateway that keeps nothing, all of the rest is gone."""
    facts, hold = payment.facts, payment.hold
    if hold.captured_at_once or is_let_go(facts, hold):
        return hold.amount.zero()
    gone = facts.by_means(hold, "capture") + facts.by_means(hold, "void")
    return hold.amount - gone if gone <= hold.amount else hold.amount.zero()


def is_let_go(facts: Facts, hold: Hold) -> bool:
    """Whether the gateway released what its only capture left."""
    terms = hold.captures
    if terms is None or terms.several or terms.remainder == "kept":
        return False
    return not facts.by_means(hold, "capture", settled=True).is_zero
