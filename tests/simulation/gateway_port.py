"""The way to the gateways: a network that loses, delays and doubles, and the port of one life.

Requests are made and answers are read by the product's own code (adapters/gateways).
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson

from adapters.gateways.classify import Reply as HttpReply
from adapters.gateways.classify import answer_to, canceled, looked_up
from adapters.gateways.error_table import SIMULATOR_ERRORS
from adapters.gateways.requests import (
    CANCELLATIONS_PATH,
    CHARGE,
    CHARGES_PATH,
    OPERATIONS_PATH,
    prepared,
)
from adapters.gateways.shapes import Unreadable
from application.ports.gateways import (
    GatewayRequest,
    GatewaySilent,
    GatewayUnreachable,
    LateAnswer,
    NotOffered,
    Prepared,
    Timing,
    TooLateToSend,
    UnknownGateway,
)
from domain.gateway.answers import Answer, CancelAnswer, LookedUp
from domain.gateway.capabilities import Capabilities
from tests.simulation.faults import Faults
from tests.simulation.gateway_books import Books
from tests.simulation.gateway_entries import Reply, Request, as_text
from tests.simulation.gateway_traits import Traits
from tests.simulation.kernel import Future, Kernel, sleep
from tests.simulation.life import EPOCH, Life
from tests.simulation.witness import Witness

EPOCH_S: Final = EPOCH.timestamp()
TRIP_S: Final = 0.05
ANSWER_LATE_S: Final = 45.0
IN_TIME_S: Final = 29.0  # an answer that took longer counts as not delivered
ASKED_IN_TIME_S: Final = 8.5  # the same for a look-up or a cancellation
SLOW_TO_SEND_S: Final = 4.0
BROKEN: Final = b"<html>502</html>"


class Network:
    """Between the processes and the gateways. A copy or a late arrival stays within lateness."""

    def __init__(
        self, kernel: Kernel, witness: Witness, faults: Faults, random: Random, books: list[Books]
    ) -> None:
        self.kernel, self.witness, self.faults, self.random = kernel, witness, faults, random
        self.books = {one.traits.name: one for one in books}

    def send(self, traits: Traits, life: Life, kind: str, key: str, path: str, text: str) -> Future:
        """The request is on its way; the future gets the answer, if one arrives."""
        answer = self.kernel.future()
        body = orjson.loads(text) if text else {}
        request = Request(
            number=self._note(traits, life, kind, key, path, text),
            kind=kind, key=key, path=path, body=body, text=text, sent_at=self.kernel.now,
        )  # fmt: skip
        if not self.faults.hits("request_lost"):
            late = self.faults.hits("request_late")
            share = traits.lateness_s if late else TRIP_S
            delay = self.random.random() * share
            self.kernel.at(delay, self._arrive, (traits, life, request, answer))
        elif self.random.random() < 0.5:
            self.kernel.at(TRIP_S, self._break, answer)
        if traits.key_lifetime_s and kind != "look_up" and self.faults.hits("request_twice"):
            delay = self.random.random() * traits.lateness_s
            self.kernel.at(delay, self._arrive_again, (traits, life, request, False))
        return answer

    def _note(
        self, traits: Traits, life: Life, kind: str, key: str, path: str, text: str, **more: Any
    ) -> int:
        number = self.witness.next_request()
        self.witness.note(
            "sent",
            request=number,
            owner=life.owner,
            process=life.process,
            owner_clock=EPOCH_S + life.wall(),
            gateway=traits.name,
            account=traits.account,
            endpoint=traits.endpoint,
            kind=kind,
            key=key,
            payload=f"{path}\n{text}",
            **more,
        )
        return number

    def _arrive(self, what: tuple[Traits, Life, Request, Future]) -> None:
        traits, life, request, answer = what

        def reply(said: Reply) -> None:
            self._answer(request, said, answer)
            refused = self.books[traits.name].has_refused(request.number)
            seen = request.kind == "charge" and traits.look_up and not request.is_copy
            if refused and seen and self.faults.hits("copy_after_a_no"):
                delay = self.random.random() * traits.lateness_s
                self.kernel.at(delay, self._arrive_again, (traits, life, request, True))

        self.books[traits.name].arrive(request, reply)

    def _arrive_again(self, what: tuple[Traits, Life, Request, bool]) -> None:
        """A copy of a request that was refused is dropped, for no caller could reckon with it,
        unless somebody is to find out about it (`doubts`)."""
        traits, life, first, doubts = what
        if self.books[traits.name].has_refused(first.number) and not doubts:
            return
        number = self._note(
            traits, life, first.kind, first.key, first.path, first.text, copy_of=first.number
        )
        request = Request(
            number=number, kind=first.kind, key=first.key, path=first.path, body=first.body,
            text=first.text, sent_at=first.sent_at, is_copy=True,
        )  # fmt: skip
        self._arrive((traits, life, request, self.kernel.future()))

    def _answer(self, request: Request, said: Reply, answer: Future) -> None:
        status, body, retry_after = said
        text = as_text(body)
        late = self.faults.hits("answer_late")
        delay = self.random.random() * (ANSWER_LATE_S if late else TRIP_S)
        window_s = ASKED_IN_TIME_S if request.kind in ("look_up", "cancel") else IN_TIME_S
        in_time = self.kernel.now + delay - request.sent_at <= window_s
        arrives = in_time and not self.faults.hits("answer_lost")
        garbled = arrives and self.faults.hits("answer_garbled")
        self.witness.note(
            "answer", request=request.number, status=status, text=text,
            arrives=arrives and not garbled,
        )  # fmt: skip
        data = BROKEN if garbled else text.encode()
        if arrives:
            reply = HttpReply(status=status, body=data, retry_after=retry_after)
            self.kernel.at(delay, answer.set, reply)
        elif self.random.random() < 0.5:
            self.kernel.at(delay, self._break, answer)

    @staticmethod
    def _break(answer: Future) -> None:
        answer.fail(GatewaySilent("connection lost"))


class SimGateway:
    """A Gateway of one life."""

    def __init__(self, traits: Traits, network: Network, life: Life) -> None:
        self._traits, self._network, self._life = traits, network, life
        self.name, self.account, self.endpoint = traits.name, traits.account, traits.endpoint
        self.capabilities: Capabilities = traits.capabilities()

    def prepare(self, request: GatewayRequest) -> Prepared:
        return prepared(request)

    async def send(self, prepared: Prepared, *, timing: Timing, late: LateAnswer) -> Answer:
        life, network = self._life, self._network
        life.step(f"send {prepared.kind}")
        if network.faults.hits("slow_to_send"):
            await sleep(network.random.random() * SLOW_TO_SEND_S)
            life.step(f"send {prepared.kind}")
        if network.faults.hits("unreachable"):
            await sleep(TRIP_S)
            life.step("unreachable")
            raise GatewayUnreachable("simulated")
        if life.monotonic() >= timing.send_before:
            network.witness.mark("too late to send")
            raise TooLateToSend(self.name)
        sent_at = network.kernel.now
        text = prepared.body.decode()
        answer = network.send(
            self._traits, life, prepared.kind, str(prepared.key), prepared.path, text
        )
        life.step(f"sent {prepared.kind}")
        if await network.kernel.within(answer, timing.answer_within_s):
            life.step(f"answered {prepared.kind}")
            return self._read(prepared, answer)
        left_s = sent_at + timing.late_answer_within_s - network.kernel.now
        life.step(f"unanswered {prepared.kind}")
        life.spawn(self._read_late(prepared, answer, left_s, late))
        raise GatewaySilent(f"none within {timing.answer_within_s:.1f} s")

    async def look_up(self, key: UUID, *, kind: str, timeout_s: float) -> LookedUp:
        if not self._traits.look_up:
            raise NotOffered(self.name)
        where = CHARGES_PATH if kind == CHARGE else OPERATIONS_PATH
        path = f"{where}?{urlencode({'key': str(key)})}"
        if self._network.faults.hits("look_up_fails"):
            self._life.step("look_up")
            await sleep(TRIP_S)
            self._life.step("looked_up")
            raise GatewaySilent("503")
        reply = await self._ask("look_up", str(key), path, "", timeout_s)
        try:
            return looked_up(key, kind, reply, SIMULATOR_ERRORS)
        except Unreadable as failure:
            raise GatewaySilent(str(failure)) from failure

    async def cancel(self, key: UUID, *, timeout_s: float) -> CancelAnswer:
        if not self._traits.cancel_by_key:
            raise NotOffered(self.name)
        text = orjson.dumps({"key": str(key)}).decode()
        reply = await self._ask("cancel", str(key), CANCELLATIONS_PATH, text, timeout_s)
        try:
            return canceled(key, reply, SIMULATOR_ERRORS)
        except Unreadable as failure:
            raise GatewaySilent(str(failure)) from failure

    async def _ask(self, kind: str, key: str, path: str, text: str, timeout_s: float) -> HttpReply:
        network = self._network
        self._life.step(kind)
        answer = network.send(self._traits, self._life, kind, key, path, text)
        known = await network.kernel.within(answer, timeout_s)
        self._life.step(f"answered {kind}")
        if not known:
            raise GatewaySilent(f"none within {timeout_s} s")
        reply: HttpReply = answer.result()
        return reply

    def _read(self, prepared: Prepared, answer: Future) -> Answer:
        reply: HttpReply = answer.result()
        try:
            return answer_to(prepared, reply, SIMULATOR_ERRORS)
        except Unreadable as failure:
            raise GatewaySilent(str(failure)) from failure

    async def _read_late(
        self, prepared: Prepared, answer: Future, left_s: float, late: LateAnswer
    ) -> None:
        if not await self._network.kernel.within(answer, left_s):
            return
        self._life.step(f"late answer {prepared.kind}")
        try:
            said = self._read(prepared, answer)
        except GatewaySilent:
            return
        self._network.witness.mark(f"late answer read: {prepared.kind}")
        await late(said)


class SimGateways:
    """The Gateways of one life."""

    def __init__(self, traits: Sequence[Traits], network: Network, life: Life) -> None:
        self._all = {one.name: SimGateway(one, network, life) for one in traits}

    def names(self) -> Sequence[str]:
        return list(self._all)

    def get(self, name: str) -> SimGateway:
        if name not in self._all:
            raise UnknownGateway(name)
        return self._all[name]

    def recorded(self, name: str, account: str, endpoint: str) -> SimGateway:
        found = self.get(name)
        if (found.account, found.endpoint) != (account, endpoint):
            raise UnknownGateway(name)
        return found
