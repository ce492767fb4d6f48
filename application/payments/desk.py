"""Everything that the use cases share: ports, rules, and this process's name as an owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from application.payments.log import Cause, PaymentLog
from application.ports.gateways import Gateway, Gateways, OperationRequest
from application.ports.hot_state import HotState
from application.ports.surroundings import Behind, Chance, Clock, Pause
from application.routing.router import Router
from domain.gateway.capabilities import Capabilities
from domain.installation.formats import Format
from domain.payment.attempt import Hold
from domain.payment.decisions.sender import FollowUp, Sender, Target
from domain.payment.events import AttemptStarted, CaptureTerms, Started
from domain.payment.rules import Rules

RECORDING_S_MIN: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    log: PaymentLog
    gateways: Gateways
    router: Router
    hot: HotState
    clock: Clock
    chance: Chance
    pause: Pause
    behind: Behind
    rules: Rules
    owner: str  # names this process, anew at every start

    @property
    def format(self) -> Format:
        """The installation's, now: which events may be decided on."""
        return self.log.format

    def send_limit(self) -> float:
        """Until when, on Clock.monotonic(), something decided from now on may be sent. Taken
        before `sender()`, so that it can only be earlier than what is recorded there."""
        return self.clock.monotonic() + self.rules.send_within.total_seconds()

    def time_left(self, answer_by: float) -> float:
        """Seconds that recording an outcome may take: the rest of the budget, and a little."""
        return max(RECORDING_S_MIN, answer_by - self.clock.monotonic())

    def sender(self) -> Sender:
        """This process as the owner of a send that is being decided now."""
        now = self.clock.now()
        return Sender(
            owner=self.owner,
            now=now,
            send_before=now + self.rules.send_within,
            digest=self.digest,
        )

    def digest(self, asked: FollowUp) -> str:
        """Hash of the bytes that this follow-up would be sent as. Raises UnknownGateway."""
        hold = asked.hold
        gateway = self.gateways.recorded(hold.gateway, hold.account, hold.endpoint)
        request = OperationRequest(
            key=asked.key, kind=asked.means, charge=hold.reference, amount=asked.amount
        )
        return gateway.prepare(request).digest

    def offered(self, hold: Hold) -> Capabilities:
        """What the gateway where this charge stands declares now. Raises UnknownGateway."""
        return self.gateways.recorded(hold.gateway, hold.account, hold.endpoint).capabilities

    def recorded(self, started: Started) -> Gateway:
        """The account and endpoint that the stream names. Raises UnknownGateway."""
        return self.gateways.recorded(started.gateway, started.account, started.endpoint)

    def cause(self, command: UUID) -> Cause:
        return Cause(command=command, actor=self.owner)


def target_of(gateway: Gateway, format: Format) -> Target:
    """The gateway as it is configured now, in what the installation's format can say of it."""
    can = gateway.capabilities
    terms = CaptureTerms(several=can.several_captures, remainder=can.remainder)
    return Target(
        gateway=gateway.name,
        account=gateway.account,
        endpoint=gateway.endpoint,
        captures=terms if format.allows(AttemptStarted) else None,
    )
