"""The gateway as a server of raw bytes: reads requests, finds their behaviours, has them act."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from tests.gateways.hostile.acting import Acting
from tests.gateways.hostile.behaviour import HONEST, Behaviour, Effect
from tests.gateways.hostile.books import Books, Entry
from tests.gateways.hostile.drawing import Draw, UnknownBehaviour, by_token
from tests.gateways.hostile.turn import (
    MONEY_KINDS,
    Asked,
    EndOfConnection,
    Reset,
    Say,
    Turn,
    error,
    http,
)

HEAD_BYTES_MAX: Final = 64 * 1024
LAST_SEGMENTS: Final = {"capture": "capture", "void": "void", "refunds": "refund"}
NO_SUCH_PATH: Final = http(404, error("no_such_path", "unknown"))
MALFORMED: Final = http(400, error("malformed", False))


class Hostile:
    """Every gateway under its own base path. `notify` gets what a notice would tell."""

    def __init__(
        self,
        books: Path | None,
        *,
        now: Callable[[], float],
        draw: Draw | None = None,
        late_s: float = 12.0,
        soon_s: float = 0.5,
        settle_s: float = 5.0,
        notify: Callable[[dict[str, Any]], Awaitable[None]] | None = None,
    ) -> None:
        self.books = Books(books, now)
        self.met: dict[str, int] = {}  # how often each behaviour was met
        self.url = ""
        self._draw = draw or Draw()
        self._late_s, self._soon_s = late_s, soon_s
        self.notify = notify
        self._closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acting = Acting(self.books, settle_s, self._spawn, self._tell)
        self._tokens: dict[tuple[str, str], str] = {}  # by gateway, and charge or key
        self._kinds: dict[tuple[str, str], str] = {}  # what a key was first used for
        self._last_refusal: dict[str, bytes] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.start_server(
            self._accept, host, port, limit=HEAD_BYTES_MAX, backlog=1024
        )
        address = self._server.sockets[0].getsockname()
        self.url = f"http://{address[0]}:{address[1]}"

    async def stop(self) -> None:
        self._closing.set()
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.books.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._serve(reader, writer))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._answer(await _read(reader), writer)
        except Reset:
            _reset(writer)
        except (EndOfConnection, ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(
        self, read: tuple[str, str, bytes] | None, writer: asyncio.StreamWriter
    ) -> None:
        asked = None if read is None else _asked(*read)
        if asked is None:
            writer.write(NO_SUCH_PATH if read else MALFORMED)
            await writer.drain()
            return
        turn = Turn(
            asked=asked,
            writer=writer,
            books=self.books,
            late_s=self._late_s,
            soon_s=self._soon_s,
            closing=self._closing,
            last_refusal=self._last_refusal.get(asked.gateway, b""),
        )
        behaviour = self._behaviour(asked)
        self.met[behaviour.name] = self.met.get(behaviour.name, 0) + 1
        self.books.note(
            "asked", gateway=asked.gateway, kind=asked.kind, key=asked.key,
            behaviour=behaviour.name, lies=behaviour.lies,
        )  # fmt: skip
        is_first = self._acting.act(turn, behaviour)
        self._remember(turn)
        await _say_of(behaviour, asked.kind, is_first)(turn)
        if behaviour.effect is Effect.REFUSED:
            self._last_refusal[asked.gateway] = http(503, error("unavailable", False))

    def _behaviour(self, asked: Asked) -> Behaviour:
        """Look-ups and cancellations meet what the request that they are about has met."""
        where = (asked.gateway, asked.key)
        if asked.kind in MONEY_KINDS:
            self._kinds.setdefault(where, asked.kind)
            of_charge = self._tokens.get((asked.gateway, asked.about), "")
            self._tokens.setdefault(where, asked.body.get("method_token") or of_charge)
        kind, token = self._kinds.get(where, "charge"), self._tokens.get(where, "")
        try:
            named = by_token(token, asked.gateway, kind)
        except UnknownBehaviour:
            return HONEST
        return named or self._draw.of(asked.gateway, kind, asked.key)

    def _remember(self, turn: Turn) -> None:
        asked, entry = turn.asked, turn.entry
        if entry is not None and entry.kind == "charge":
            self._tokens[asked.gateway, entry.id] = self._tokens[asked.gateway, entry.key]

    def _tell(self, entry: Entry) -> None:
        if self.notify is None:
            return
        self._spawn(self._notify_of(notice_of(entry, self.books)))

    async def _notify_of(self, notice: dict[str, Any]) -> None:
        assert self.notify is not None
        await self.notify(notice)


def notice_of(entry: Entry, books: Books) -> dict[str, Any]:
    """The notice of what an entry is now; the same fact always has the same id."""
    charge = books.charge_of(entry)
    return {
        "id": f"evt_{entry.id}_{entry.status}",
        "type": f"{entry.kind}.{entry.status}",
        "gateway": entry.gateway,
        "key": entry.key,
        "charge_id": charge.id,
        "payment_id": charge.payment,
        "status": entry.status,
        "amount": entry.amount,
        "currency": entry.currency,
        "account": f"acct_{entry.gateway}",
    }


def _say_of(behaviour: Behaviour, kind: str, is_first: bool) -> Say:
    if kind == "look_up":
        return behaviour.look_up
    if kind == "cancel":
        return behaviour.cancel
    refuses_all = behaviour.effect is Effect.REFUSED
    return behaviour.say if is_first or refuses_all else behaviour.again


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, bytes] | None:
    """Verb, path and body; None for what is no request. Raises IncompleteReadError at the end."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length") or 0)
    body = await reader.readexactly(length)
    parts = first.split(" ")
    return (parts[0], parts[1], body) if len(parts) == 3 else None


def _asked(verb: str, target: str, body: bytes) -> Asked | None:
    """None for what is not of the protocol."""
    parts = urlsplit(target)
    gateway, *path = [unquote(one) for one in parts.path.split("/")[1:]]
    if verb == "GET":
        key = parse_qs(parts.query).get("key", [""])[0]
        of = {"charges": "charge", "operations": "operation"}.get("/".join(path[1:]))
        return Asked(gateway, "look_up", key, {}, of=of) if of and path[0] == "v1" else None
    try:
        told = json.loads(body)
        key = str(told["key"])
    except (ValueError, KeyError, TypeError):
        return None
    match path:
        case ["v1", "charges"]:
            return Asked(gateway, "charge", key, told)
        case ["v1", "cancellations"]:
            return Asked(gateway, "cancel", key, told)
        case ["v1", "charges", about, segment] if segment in LAST_SEGMENTS:
            return Asked(gateway, LAST_SEGMENTS[segment], key, told, about=about)
    return None


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closes it so that the other side gets a reset."""
    at_once = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()
