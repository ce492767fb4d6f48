"""One payment as a client may understand it, for the search in linearizability.py.

A command begins at one moment and is answered at a later one. Between any two moments chance may
settle what is open: a client can never exclude that.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

OPEN, DONE, FAILED = 0, 1, 2
Part: TypeAlias = tuple[int, int, int]  # the operation's number, amount, OPEN, DONE or FAILED
OVER: Final = ("failed", "canceled", "expired")
WAITING: Final = ("processing", "pending_verification")


class Rules(NamedTuple):
    amount: int
    manual: bool


class State(NamedTuple):
    """`phase`: none, open (the charge), live (held or taken) or one of OVER."""

    phase: str
    captured: int  # at once, by the charge
    captures: tuple[Part, ...]
    refunds: tuple[Part, ...]
    unwanted: bool


class Operation(NamedTuple):
    """`verb` "told" is the answer of the operation with the same number. `status` None and
    `ended_at` infinite: no answer, it may or may not have had its effect."""

    number: int
    verb: str
    asked_at: float
    ended_at: float
    status: int | None
    body: dict[str, Any]
    view: dict[str, Any]


START: Final = frozenset({State("none", 0, (), (), False)})


def apply(rules: Rules, operation: Operation, states: frozenset[State]) -> frozenset[State]:
    """The states that may be after it; empty where its answer fits none."""
    before = settled(rules, states)
    return frozenset(new for state in before for new in _effects(rules, operation, state))


@lru_cache(maxsize=8192)
def settled(rules: Rules, states: frozenset[State]) -> frozenset[State]:
    """These and all that chance may make of them."""
    found, new = set(states), list(states)
    while new:
        for state in _chances(rules, new.pop()):
            if state not in found:
                found.add(state)
                new.append(state)
    return frozenset(found)


def taken(state: State) -> int:
    return state.captured + _sum(state.captures, DONE)


def _sum(parts: tuple[Part, ...], *kinds: int) -> int:
    return sum(amount for _, amount, kind in parts if kind in kinds)


def _chances(rules: Rules, state: State) -> Iterator[State]:
    if state.phase == "open":
        yield state._replace(phase="failed")
        yield state._replace(phase="live", captured=0 if rules.manual else rules.amount)
        if state.unwanted:
            yield state._replace(phase="canceled")
    elif state.phase == "live":
        if state.unwanted:
            yield state._replace(phase="canceled")
        if rules.manual and not _sum(state.captures, OPEN) and taken(state) < rules.amount:
            yield state._replace(phase="expired")
        for parts in _moved(state.captures):
            yield state._replace(captures=parts)
        for parts in _moved(state.refunds):
            yield state._replace(refunds=parts)


def _moved(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    for place, (number, amount, kind) in enumerate(parts):
        if kind == OPEN:
            for outcome in (DONE, FAILED):
                yield (*parts[:place], (number, amount, outcome), *parts[place + 1 :])


def _effects(rules: Rules, operation: Operation, state: State) -> Iterator[State]:
    match operation.verb:
        case "get" | "told":
            if _told(operation, state):
                yield state
        case "create":
            if state.phase == "none":
                yield state._replace(phase="open")
        case "capture":
            yield from _capture(rules, operation, state)
        case "refund":
            yield from _refund(operation, state)
        case _:
            yield from _cancel(operation, state)


def _capture(rules: Rules, operation: Operation, state: State) -> Iterator[State]:
    room = rules.amount - state.captured - _sum(state.captures, OPEN, DONE)
    amount = operation.body.get("amount") or room
    fits = state.phase == "live" and 0 < amount <= room
    if operation.status == 409:
        if not fits or state.captured or _sum(state.captures, OPEN, DONE) or state.unwanted:
            yield state
    elif fits:
        part = (operation.number, amount, OPEN)
        yield state._replace(captures=(*state.captures, part))


def _refund(operation: Operation, state: State) -> Iterator[State]:
    room = taken(state) - _sum(state.refunds, OPEN, DONE)
    amount = operation.body.get("amount") or room
    fits = state.phase == "live" and 0 < amount <= room
    if operation.status == 409:
        gateways = operation.view.get("code") == "refunds_not_offered"  # offers.py asks whether
        if not fits or state.unwanted or _sum(state.captures, OPEN) or gateways:
            yield state
    elif fits:
        part = (operation.number, amount, OPEN)
        yield state._replace(refunds=(*state.refunds, part))


def _cancel(operation: Operation, state: State) -> Iterator[State]:
    simple = state.phase == "open" or (
        state.phase == "live" and taken(state) == 0 and not _sum(state.captures, OPEN)
    )
    if operation.status == 409:
        if not simple or state.unwanted:
            yield state
    elif state.phase != "none":
        yield state._replace(unwanted=True)


def _told(operation: Operation, state: State) -> bool:
    """May the state be the one that the answer tells of?"""
    if state.phase == "none":
        return False
    if operation.status == 402 and operation.view.get("refund") is None:
        # A create says that the payment failed; a capture or a void changed nothing.
        return operation.verb != "told" or "decline" not in operation.view or state.phase in OVER
    if operation.view.get("object") == "payment":
        return _shows(state, operation.view)
    for number, _, kind in state.refunds:
        if number == operation.number:
            return {201: kind == DONE, 402: kind == FAILED}.get(operation.status or 0, True)
    return False


def _shows(state: State, view: dict[str, Any]) -> bool:
    status = view["status"]
    if status in WAITING:
        return state.phase == "open" or (state.phase == "live" and state.unwanted)
    if status in OVER:
        return state.phase == str(status)
    told = (view["amount_captured"], view["amount_refunded"])
    return state.phase == "live" and told == (taken(state), _sum(state.refunds, DONE))
