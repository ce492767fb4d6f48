"""A server that does not let us in: said once, answered at once, asked again at 1 to 30 s.

Whatever is refused so was never looked at: nothing of it is stored.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from typing import Final

import grpc
import grpc.aio

from adapters.event_store.eventstoredb.tasks import describe
from application.ports.event_store import AccessRefused

ASK_AGAIN_FIRST_S: Final = 1.0
ASK_AGAIN_MOST_S: Final = 30.0
_DOUBLINGS_MAX: Final = 5

_log = logging.getLogger(__name__)


class Gate:
    """One thing that a server may refuse: shut by a refusal, open again by the first success."""

    def __init__(self, what: str) -> None:
        """`what` is refused, and what would help: for people."""
        self._what = what
        self.reason: str | None = None
        self._refusals = 0
        self._next_at_s = 0.0
        self._let_in = asyncio.Event()

    def check(self) -> None:
        """Raises AccessRefused while it is shut and no further try is due."""
        if self.reason is not None and self._left_s() > 0:
            raise AccessRefused(self.reason)

    def shut(self, failure: object) -> AccessRefused:
        """A try was refused. Gives what its caller is told."""
        first = self.reason is None
        self._let_in.clear()
        self.reason = f"{self._what}: {describe(failure)}"
        if first:
            _log.error("the event store refuses %s", self.reason)
        if first or self._left_s() <= 0:  # the refusals of one moment count as one
            most_s = min(ASK_AGAIN_MOST_S, ASK_AGAIN_FIRST_S * 2**self._refusals)
            self._refusals = min(self._refusals + 1, _DOUBLINGS_MAX)
            pause_s = random.uniform(max(ASK_AGAIN_FIRST_S, most_s / 2), most_s)
            self._next_at_s = _now_s() + pause_s
        return AccessRefused(self.reason)

    def opened(self) -> None:
        """A try was let through."""
        if self.reason is not None:
            _log.warning("the event store lets us in again, no longer refuses %s", self._what)
            self.reason, self._refusals = None, 0
            self._let_in.set()

    async def turn(self) -> None:
        """Returns when the next try is due: at once where nothing is refused."""
        while self.reason is not None and (left_s := self._left_s()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._let_in.wait(), left_s)

    def _left_s(self) -> float:
        return self._next_at_s - _now_s()


class Access:
    """What the server may refuse a store: its credentials, and reading the whole log."""

    def __init__(self, user: str | None) -> None:
        who = "access without credentials" if user is None else f"the credentials of user {user!r}"
        self._credentials = Gate(who)
        self._whole_log = Gate(
            f"reading $all to {'anybody' if user is None else repr(user)}, who has to belong to"
            " $admins or be named under $r in the ACL of $all"
        )

    @property
    def refused(self) -> str | None:
        return self._credentials.reason or self._whole_log.reason

    def check(self, *, whole_log: bool = False) -> None:
        """Raises AccessRefused where the server would say no again, as far as is known."""
        self._credentials.check()
        if whole_log:
            self._whole_log.check()

    def refusal(self, failure: object, *, whole_log: bool = False) -> AccessRefused | None:
        """What a caller is told of this failure; None where it is no matter of access."""
        if not isinstance(failure, grpc.aio.AioRpcError):
            return None
        if failure.code() is grpc.StatusCode.UNAUTHENTICATED:
            return self._credentials.shut(failure)
        if failure.code() is not grpc.StatusCode.PERMISSION_DENIED:
            return None
        return self._whole_log.shut(failure) if whole_log else AccessRefused(describe(failure))

    def granted(self, *, whole_log: bool = False) -> None:
        """The server let something of this kind through."""
        self._credentials.opened()
        if whole_log:
            self._whole_log.opened()

    async def turn(self, *, whole_log: bool = False) -> None:
        """Returns when asking may help."""
        await self._credentials.turn()
        if whole_log:
            await self._whole_log.turn()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
