"""One merchant's HTTP client: every request and its end go into the diary; what was not answered
is repeated with the same key, as a careful merchant does. Decides nothing about money."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import aiohttp

from tests.crash.diary import Diary

ASK_S_MAX: Final = 15.0
REPEAT_EVERY_S: Final = 0.2
ANSWERED_S_MAX: Final = 60.0
PASSING: Final = frozenset({429, 503})


class NeverAnswered(Exception):
    """No answer to a command, however often it was repeated in its time."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def is_last_word(self) -> bool:
        """Whether this is the key's answer, not "busy" or "in progress"."""
        if self.status in PASSING:
            return False
        return self.status != 409 or not self.body.get("retryable", False)


class Client:
    """`urls`: the API processes, any of which may be asked. `broken`: answers that must not be."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: Sequence[str],
        api_key: str,
        diary: Diary,
        dice: Random,
        answered_s_max: float = ANSWERED_S_MAX,
    ) -> None:
        self._session, self._urls, self._diary, self._dice = session, urls, diary, dice
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._answered_s_max = answered_s_max
        self.succeeded: Callable[[str], object] = lambda _: None  # told the position, every time
        self.broken: list[str] = []
        self._told: dict[str, str] = {}  # by payment: the newest position heard of it

    async def command(
        self, verb: str, payment: str | None, body: dict[str, Any], key: str
    ) -> Reply:
        """The key's answer. Raises NeverAnswered."""
        gives_up_at = self._diary.now() + self._answered_s_max
        while self._diary.now() < gives_up_at:
            reply = await self.once(verb, payment, body, key)
            if reply is not None and reply.is_last_word:
                return reply
            await asyncio.sleep(REPEAT_EVERY_S)
        self.broken.append(f"no answer in {self._answered_s_max:.0f} s to {verb} {payment} {key}")
        raise NeverAnswered(key)

    async def once(
        self, verb: str, payment: str | None, body: dict[str, Any], key: str
    ) -> Reply | None:
        """As a careless merchant asks: whatever is answered, or None for nothing."""
        return await self._once("POST", verb, payment, body, key)

    async def get(self, payment: str) -> Reply | None:
        """The payment as it was told last, or newer, 404 included; None when nobody answers. While
        the log does not answer, a get without a position may show an older row."""
        return await self._once("GET", "get", payment, None, None)

    async def is_projected(self, token: str) -> bool:
        """Whether the lists show what this position tells of."""
        found = await self._exchange("GET", f"/v1/payments?limit=1&at_least={token}", None, {})
        return found is not None and found[0] == 200

    async def attempts(self, payment: str) -> list[dict[str, Any]] | None:
        """Not a fact of the diary: only to know whether something is still open."""
        found = await self._exchange("GET", f"/v1/payments/{payment}/attempts", None, {})
        if found is None or found[0] != 200:
            return None
        attempts: list[dict[str, Any]] = json.loads(found[1])["data"]
        return attempts

    async def _once(
        self, method: str, verb: str, payment: str | None, body: dict[str, Any] | None,
        key: str | None,
    ) -> Reply | None:  # fmt: skip
        least = self._told.get(payment or "") if verb == "get" else None
        asked = body if least is None else {"at_least": _position(least)}
        call = self._diary.asked(verb, payment=payment, key=key, body=asked, process="api")
        headers = {} if key is None else {"Idempotency-Key": key}
        path = path_of(verb, payment) + ("" if least is None else f"?at_least={least}")
        found = await self._exchange(method, path, body, headers)
        if found is None:
            self._diary.lost(call)
            return None
        status, text, answer_headers = found
        self._note_position(text, answer_headers.get("Interlock-Position"))
        self._diary.answered(
            call,
            status,
            text,
            replayed=answer_headers.get("Idempotent-Replayed") == "true",
            position=_position(answer_headers.get("Interlock-Position")),
        )
        if status >= 500 and status != 503:
            self.broken.append(f"{status} to {verb} {payment} {key}: {text[:200]}")
        if status < 300 and method == "POST":
            self.succeeded(answer_headers["Interlock-Position"])
        return Reply(status, text)

    def _note_position(self, text: str, token: str | None) -> None:
        position = _position(token)
        if token is None or position is None:
            return
        said = json.loads(text)
        about = str(said.get("payment") or said.get("id"))
        if position >= (_position(self._told.get(about)) or 0):
            self._told[about] = token

    async def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> tuple[int, str, Mapping[str, str]] | None:
        url = self._dice.choice(self._urls) + path
        timeout = aiohttp.ClientTimeout(total=ASK_S_MAX)
        sent = {**self._headers, **headers}
        try:
            async with self._session.request(
                method, url, json=body, headers=sent, timeout=timeout
            ) as answer:
                return answer.status, await answer.text(), answer.headers
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None


def path_of(verb: str, payment: str | None) -> str:
    if verb == "create":
        return "/v1/payments"
    tail = {"get": "", "refund": "/refunds"}.get(verb, f"/{verb}")
    return f"/v1/payments/{payment}{tail}"


def _position(token: str | None) -> int | None:
    if token is None:
        return None
    padded = token + "=" * (-len(token) % 4)
    position: int = json.loads(base64.urlsafe_b64decode(padded))["p"]
    return position
