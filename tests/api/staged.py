"""A gateway that can be told to hang, to say nothing, or to keep what it booked to itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.instant import InstantGateway
from application.ports.gateways import GatewaySilent, LateAnswer, Prepared, Timing
from domain.gateway.answers import Answer


class Stage:
    """What all gateways of one shop do before they answer."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.sent: list[Prepared] = []
        self._curtain = asyncio.Event()
        self._curtain.set()
        self.is_silent = False
        self.says: Answer | None = None  # instead of doing anything

    def hold(self) -> None:
        """From now on nobody is answered before `release`."""
        self._curtain.clear()

    def release(self) -> None:
        self._curtain.set()

    async def before_answer(self, prepared: Prepared) -> None:
        """Raises GatewaySilent where the stage is silent."""
        self.sent.append(prepared)
        self.asked.set()
        await self._curtain.wait()
        if self.is_silent:
            raise GatewaySilent("no answer in time")


def staged(stage: Stage) -> Callable[[GatewaySettings], InstantGateway]:
    def make(settings: GatewaySettings) -> InstantGateway:
        return StagedGateway(settings, stage.before_answer, stage)

    return make


class StagedGateway(InstantGateway):
    def __init__(
        self,
        settings: GatewaySettings,
        before: Callable[[Prepared], Awaitable[None]],
        stage: Stage,
    ) -> None:
        super().__init__(settings)
        self._before, self._stage = before, stage

    async def send(self, prepared: Prepared, *, timing: Timing, late: LateAnswer) -> Answer:
        await self._before(prepared)
        if self._stage.says is not None:
            return self._stage.says
        return await super().send(prepared, timing=timing, late=late)
