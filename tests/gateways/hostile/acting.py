"""Has the books do what a behaviour does to a request, before anything is said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from tests.gateways.hostile.behaviour import Behaviour, Effect
from tests.gateways.hostile.books import Books, Entry, Refused
from tests.gateways.hostile.turn import Asked, Turn

FINAL: Final = {
    Effect.DONE: True, Effect.PART: True, Effect.MORE: True, Effect.TWICE: True,
    Effect.DECLINED: False,
}  # fmt: skip
SETTLED: Final = {Effect.PENDING_DONE: True, Effect.PENDING_DECLINED: False}
MORE_MINOR: Final = 100


class Acting:
    """`settle_s`: until what is pending is decided. `told`: of every entry that became final later
    than it was answered, or of which a lie was told."""

    def __init__(
        self,
        books: Books,
        settle_s: float,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        told: Callable[[Entry], None],
    ) -> None:
        self._books, self._settle_s = books, settle_s
        self._spawn, self._told = spawn, told
        self._sends: dict[tuple[str, str], int] = {}
        self._begun: dict[tuple[str, str], float] = {}  # by the loop's clock
        self._in_flight: set[tuple[str, str]] = set()

    def act(self, turn: Turn, behaviour: Behaviour) -> bool:
        """Fills the turn in. Whether this is the first time that the key asks for its money."""
        asked, books = turn.asked, self._books
        where = (asked.gateway, asked.key)
        now_s = asyncio.get_running_loop().time()
        turn.age_s = now_s - self._begun.get(where, now_s)
        if asked.kind == "cancel":
            turn.entry = books.cancel(*where)
            return False
        if asked.kind == "look_up":
            turn.entry = None if where in self._in_flight else books.entry(*where)
            return False
        self._begun.setdefault(where, now_s)
        self._sends[where] = number = self._sends.get(where, 0) + 1
        turn.entry = books.entry(*where)
        if turn.entry is None and where not in self._in_flight:
            repeated = number > 1 and behaviour.effect is Effect.NOTHING
            self._process(turn, Effect.DONE if repeated else behaviour.effect, behaviour.lies)
        return number == 1

    def _process(self, turn: Turn, effect: Effect, lies: bool) -> None:
        if effect in (Effect.NOTHING, Effect.REFUSED):
            self._books.note("refused", gateway=turn.asked.gateway, key=turn.asked.key)
            return
        if effect is Effect.LATER:
            self._in_flight.add((turn.asked.gateway, turn.asked.key))
            self._spawn(self._do_later(turn))
            return
        try:
            turn.entry = self._open(turn.asked, effect)
            if effect is Effect.TWICE:
                again = self._books.open_charge(turn.asked.gateway, turn.asked.body, again=True)
                self._books.settle(again, done=True)
                self._spawn(self._tell_later(again))
        except Refused as refused:
            turn.refused = str(refused)
            self._books.note("refused", gateway=turn.asked.gateway, key=turn.asked.key)
            return
        if effect in FINAL:
            self._books.settle(turn.entry, done=FINAL[effect])
        elif effect in SETTLED:
            self._spawn(self._settle_later(turn.entry, done=SETTLED[effect]))
        if lies:
            self._spawn(self._tell_later(turn.entry))

    def _open(self, asked: Asked, effect: Effect) -> Entry:
        if asked.kind != "charge":
            part = effect is Effect.PART and asked.body["amount"] > 1
            return self._books.open_operation(
                asked.gateway, asked.kind, asked.about, asked.body, part=part
            )
        amount = asked.body["amount"]
        if effect is Effect.MORE:
            amount += MORE_MINOR
        elif effect is Effect.PART:
            amount = max(1, amount // 2)
        return self._books.open_charge(asked.gateway, asked.body, amount=amount)

    async def _do_later(self, turn: Turn) -> None:
        await asyncio.sleep(turn.late_s)
        self._in_flight.discard((turn.asked.gateway, turn.asked.key))
        try:
            turn.entry = self._open(turn.asked, Effect.DONE)
        except Refused as refused:
            turn.refused = str(refused)
            return
        self._books.settle(turn.entry, done=True)
        self._told(turn.entry)

    async def _settle_later(self, entry: Entry, *, done: bool) -> None:
        await asyncio.sleep(self._settle_s)
        self._books.settle(entry, done=done)
        self._told(entry)

    async def _tell_later(self, entry: Entry) -> None:
        await asyncio.sleep(self._settle_s)
        self._told(entry)
