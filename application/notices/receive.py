"""Keeps each notice once, under an id made of the gateway and the gateway's own id.

A notice settles nothing here: it names a payment that is worth looking at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.fact_log import Author, FactLog, Facts
from application.notices.reading import read_claims
from application.notices.signature import ID_CHARACTERS_MAX, SignedNotice, SigningSecret, verify
from application.ports.event_store import WrongRevision
from application.ports.surroundings import Clock
from domain.canonical import derived_id
from domain.gateway.claims import Claim
from domain.notice.events import NoticeEvent, NoticeReceived
from domain.outside import words


class UnknownSender(Exception):
    """No notices are expected from a gateway of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """`payment`: what the notice speaks of, where it says so; worth a look, also on a repeat,
    because whoever took the first delivery may not have lived to look. `money_under`: the key
    under which the gateway claims money. `claim`: all that it says."""

    gateway: str
    payment: UUID | None
    money_under: UUID | None
    is_repeat: bool
    claim: Claim | None = None


class Notices:
    """`secrets` by gateway; several while one is being rotated."""

    def __init__(
        self,
        log: FactLog[NoticeEvent],
        *,
        clock: Clock,
        secrets: Mapping[str, Sequence[SigningSecret]],
    ) -> None:
        self._log, self._clock, self._secrets = log, clock, secrets

    async def receive(self, gateway: str, notice: SignedNotice) -> Received:
        """Raises UnknownSender, BadSignature, and StoreFailure, after which the gateway will send
        the notice again."""
        secrets = self._secrets.get(gateway)
        if not secrets:
            raise UnknownSender(gateway)
        now = self._clock.now()
        verify(notice, secrets, now=now)
        claims = read_claims(notice.body)
        fact = NoticeReceived(
            gateway=gateway,
            id=words(notice.id, ID_CHARACTERS_MAX),
            type=claims.type,
            key=claims.key,
            payment=claims.payment,
            status=claims.status,
            excerpt=claims.excerpt,
            at=now,
        )
        id_here = derived_id(gateway, notice.id)
        author = Author(command=id_here, actor=f"gateway:{gateway}", merchant="")
        try:
            await self._log.append(Facts(stream=f"notice-{id_here}"), [fact], author)
            is_repeat = False
        except WrongRevision:
            is_repeat = True
        return Received(
            gateway=gateway,
            payment=claims.payment,
            money_under=claims.money_under,
            is_repeat=is_repeat,
            claim=claims.claim,
        )
