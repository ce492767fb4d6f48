"""One request of the protocol, and what a behaviour may do with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tests.gateways.hostile.books import Books, Entry

MONEY_KINDS: Final = ("charge", "capture", "void", "refund")


class EndOfConnection(Exception):
    """Raised by a behaviour that wants the connection closed."""


class Reset(EndOfConnection):
    """The same, with a reset: what was not read yet is lost."""


@dataclass(frozen=True, slots=True)
class Asked:
    """As it was read. `kind`: charge, capture, void, refund, look_up or cancel; `of`: what is
    looked up, a charge or an operation; `about`: the charge of an operation."""

    gateway: str
    kind: str
    key: str
    body: dict[str, Any]
    of: str = ""
    about: str = ""


@dataclass(slots=True)
class Turn:
    """`late_s`: later than anybody waits for; `soon_s`: within the time that callers wait."""

    asked: Asked
    writer: asyncio.StreamWriter
    books: Books
    late_s: float
    soon_s: float
    closing: asyncio.Event  # of the gateway: whoever hangs ends
    entry: Entry | None = None  # what stands under the key
    refused: str | None = None  # the code of an honest refusal
    age_s: float = 0.0  # since the key was asked for its money first
    last_refusal: bytes = b""  # of anybody, on this gateway

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def truth(self) -> tuple[int, dict[str, Any]]:
        """What an honest gateway answers now."""
        if self.asked.kind == "look_up" and not self._is_what_was_looked_for():
            return 404, error("not_found", "unknown")
        if self.refused is not None:
            return 422, error(self.refused, False)
        if self.entry is None and self.asked.kind == "cancel":
            return 200, {"key": self.asked.key, "status": "canceled", "charged": False}
        if self.entry is None:
            return 503, error("unavailable", False)
        return 200, self.entry.shown()

    def _is_what_was_looked_for(self) -> bool:
        of_charge = self.entry is not None and self.entry.kind == "charge"
        return self.entry is not None and of_charge == (self.asked.of == "charge")


Say: TypeAlias = Callable[[Turn], Awaitable[None]]


def error(code: object, charged: object, message: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "charged": charged}


def http(status: int, body: bytes | object, *headers: str, line: str = "") -> bytes:
    """An answer with its length told. A body that is no bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    first = line or f"HTTP/1.1 {status} Words"
    lines = [first, f"Content-Length: {len(data)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + data


async def tell(turn: Turn) -> None:
    """The truth."""
    await turn.send(http(*turn.truth()))
