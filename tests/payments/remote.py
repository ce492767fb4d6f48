"""A gateway on the far side of the network, with its own books, told by a script how to answer;
and the line by which one process reaches it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson

from adapters.gateways.requests import CHARGE, prepared
from application.ports.gateways import (
    GatewayRequest,
    GatewaySilent,
    GatewayUnreachable,
    LateAnswer,
    NotOffered,
    Prepared,
    Timing,
    TooLateToSend,
)
from domain.gateway.answers import (
    Absent,
    Answer,
    Authorized,
    Blocked,
    CancelAnswer,
    Captured,
    Declined,
    Done,
    Lapsed,
    LookedUp,
    NotProcessed,
    Undone,
)
from domain.gateway.capabilities import Capabilities
from domain.money import Money
from tests.payments.virtual_time import BOOTED_S
from tests.support.offers import offering

CARDS: Final = offering()
NETWORK_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How the gateway takes one send. `answer` None: success, as asked. It takes effect in the
    gateway's books at once, and is heard `after_s` later, or never."""

    answer: Answer | None = None
    after_s: float | None = NETWORK_S  # None: nobody ever hears of it
    takes_effect: bool = True
    reachable: bool = True
    stalls_s: float = 0.0  # before the request could be written
    words: str = "no answer in time"  # of the adapter where there is no answer


OK: Final = Turn()
UNREACHABLE: Final = Turn(reachable=False, words="connection refused")
LOST: Final = Turn(after_s=None, takes_effect=False)  # the request never arrived
CHARGED_SILENTLY: Final = Turn(after_s=None)
BUSY: Final = NotProcessed(code="busy", transient=True)
BROKEN: Final = NotProcessed(code="broken", transient=False)
NO_FUNDS: Final = Declined(
    code="insufficient_funds", network_code="51", advice="try_again_later", reference="ch_no"
)
DO_NOT_HONOR: Final = Declined(
    code="do_not_honor", network_code="05", advice="do_not_try_again", reference="ch_no"
)


def says(answer: Answer | None = None, *, after_s: float = NETWORK_S) -> Turn:
    return Turn(answer=answer, after_s=after_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What reached the wire. `at_s` by the loop's clock."""

    by: str
    key: UUID
    kind: str
    amount: int
    at_s: float


# (process, key, digest of what is sent, None for a cancellation): raises where it must not be.
Witness: TypeAlias = Callable[[str, UUID, str | None], Awaitable[None]]


class Remote:
    """`books`: what really happened, by key. `moved`: how often money moved under each key."""

    def __init__(self, name: str, capabilities: Capabilities = CARDS) -> None:
        self.name = name
        self.capabilities = capabilities
        self.books: dict[UUID, LookedUp] = {}
        self.moved: Counter[UUID] = Counter()
        self.sent: list[Sent] = []
        self.heard: list[tuple[str, float]] = []  # charge | ... | look_up | cancel, and when
        self.looked_up: list[UUID] = []
        self.canceled: set[UUID] = set()
        self.is_deaf = False  # look-ups and cancellations find nobody
        self.look_up_takes_s = NETWORK_S
        self.not_taken: list[Exception] = []  # late answers that the application could not take
        self._booked_at_s: dict[UUID, float] = {}
        self._turns: deque[Turn] = deque()
        self._always = OK

    def script(self, *turns: Turn | Answer, then: Turn = OK) -> None:
        """How the next sends go, one after the other; and all that come after them."""
        self._turns = deque(one if isinstance(one, Turn) else says(one) for one in turns)
        self._always = then

    def can(self, **changes: Any) -> None:
        self.capabilities = replace(self.capabilities, **changes)

    def next_turn(self) -> Turn:
        return self._turns.popleft() if self._turns else self._always

    def take(self, asked: Prepared, turn: Turn) -> Answer:
        """Books what was asked, unless its key is remembered, and says what the script wants."""
        known = self._remembered(asked.key)
        if known is not None:
            return turn.answer or known
        answer = turn.answer or self._success(asked)
        if asked.key in self.canceled:
            return turn.answer or NotProcessed(code="key_canceled", transient=False)
        if turn.takes_effect and not isinstance(answer, NotProcessed | Lapsed):
            self.book(asked.key, answer)
        return answer

    def book(self, key: UUID, answer: LookedUp) -> None:
        """This is what becomes of the key, whoever hears of it."""
        self.books[key] = answer
        self._booked_at_s[key] = _now_s()
        if isinstance(answer, Captured | Authorized | Done):
            self.moved[key] += 1

    def heard_of(self, what: str) -> list[float]:
        """When it was asked for this, in seconds."""
        return [at_s for one, at_s in self.heard if one == what]

    def found(self, key: UUID, kind: str) -> LookedUp:
        """Nothing is found under a key that came with something else."""
        others = {one.kind for one in self.sent if one.key == key} - {kind}
        return Absent() if others else self.books.get(key, Absent())

    def cancel(self, key: UUID) -> CancelAnswer:
        self.canceled.add(key)
        known = self.books.get(key)
        return known if isinstance(known, CancelAnswer) else Blocked()

    def _remembered(self, key: UUID) -> Answer | None:
        known = self.books.get(key)
        if known is None or isinstance(known, Absent | Undone):
            return None
        age_s = _now_s() - self._booked_at_s[key]
        return known if age_s < self.capabilities.key_lifetime_s else None

    def _success(self, asked: Prepared) -> Captured | Authorized | Done:
        body = orjson.loads(asked.body)
        reference = f"{asked.kind[:2]}_{len(self.sent)}"
        if asked.kind != CHARGE:
            return Done(reference, Money(body["amount"], "EUR"))
        amount = Money(body["amount"], body["currency"])
        return Captured(reference, amount) if body["capture"] else Authorized(reference, amount)


class Line:
    """The Gateway port of one process."""

    def __init__(self, remote: Remote, process: str, witness: Witness) -> None:
        self._remote = remote
        self._process = process
        self._witness = witness
        self._readers: set[asyncio.Task[None]] = set()
        self.has_new_bytes = False  # a new program writes the same request in another way
        self.account = "acct_1"
        self.endpoint = f"https://{remote.name}.example"

    @property
    def name(self) -> str:
        return self._remote.name

    @property
    def capabilities(self) -> Capabilities:
        return self._remote.capabilities

    def prepare(self, request: GatewayRequest) -> Prepared:
        asked = prepared(request)
        return replace(asked, digest="of other bytes") if self.has_new_bytes else asked

    async def send(self, prepared: Prepared, *, timing: Timing, late: LateAnswer) -> Answer:
        turn = self._remote.next_turn()
        called_at_s = _now_s()
        await asyncio.sleep(turn.stalls_s)
        if not turn.reachable:
            raise GatewayUnreachable(turn.words)
        if _now_s() + BOOTED_S >= timing.send_before:
            raise TooLateToSend("too late")
        await self._witness(self._process, prepared.key, prepared.digest)
        self._remote.sent.append(self._noted(prepared))
        self._remote.heard.append((prepared.kind, _now_s()))
        answer = self._remote.take(prepared, turn)
        left_s = timing.answer_within_s - (_now_s() - called_at_s)
        if turn.after_s is not None and turn.after_s <= left_s:
            await asyncio.sleep(turn.after_s)
            return answer
        if turn.after_s is not None and turn.after_s <= timing.late_answer_within_s:
            self._hear_later(answer, turn.after_s, late)
        await asyncio.sleep(max(0.0, left_s))
        raise GatewaySilent(turn.words)

    async def look_up(self, key: UUID, *, kind: str, timeout_s: float) -> LookedUp:
        if not self.capabilities.look_up:
            raise NotOffered("no look-up")
        self._remote.heard.append(("look_up", _now_s()))
        self._remote.looked_up.append(key)
        found = self._remote.found(key, kind)
        takes_s = self._remote.look_up_takes_s
        await asyncio.sleep(min(takes_s, timeout_s))
        if self._remote.is_deaf or takes_s > timeout_s:
            raise GatewaySilent("no answer")
        return found

    async def cancel(self, key: UUID, *, timeout_s: float) -> CancelAnswer:
        if not self.capabilities.cancel_by_key:
            raise NotOffered("no cancel by key")
        await self._witness(self._process, key, None)
        self._remote.heard.append(("cancel", _now_s()))
        await asyncio.sleep(NETWORK_S)
        if self._remote.is_deaf:
            raise GatewaySilent("no answer")
        return self._remote.cancel(key)

    def _hear_later(self, answer: Answer, after_s: float, late: LateAnswer) -> None:
        async def hear() -> None:
            await asyncio.sleep(after_s)
            try:
                await late(answer)
            except Exception as failure:
                self._remote.not_taken.append(failure)

        reader = asyncio.create_task(hear())
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)

    def _noted(self, asked: Prepared) -> Sent:
        amount = orjson.loads(asked.body)["amount"]
        return Sent(by=self._process, key=asked.key, kind=asked.kind, amount=amount, at_s=_now_s())


def _now_s() -> float:
    return asyncio.get_running_loop().time()
