"""The gateways' port of one life, over the network.

Requests are made and answers are read by the product's own code (adapters/gateways).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import orjson

from adapters.gateways.bound import Reply as HttpReply
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
from tests.simulation.gateway_traits import Traits
from tests.simulation.kernel import Future, sleep
from tests.simulation.life import Life
from tests.simulation.network import TRIP_S, Network

SLOW_TO_SEND_S: Final = 4.0
ASLEEP_S: Final = 60.0


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
        own = network.faults.apart(f"asleep {prepared.key} {life.owner}")
        if network.faults.hits("asleep_at_the_gate", own):
            network.witness.mark("machine suspended")
            asleep_s = own.random() * ASLEEP_S
            life.suspend(asleep_s)
            await sleep(0.0)
        if network.faults.hits("unreachable"):
            await sleep(TRIP_S)
            life.step("unreachable")
            raise GatewayUnreachable("simulated")
        if life.monotonic() >= timing.send_before or life.now() >= timing.not_after:
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
