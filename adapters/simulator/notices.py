"""Signed notices to the merchant's URL (Standard Webhooks), a bounded number of tries each.

A hint only: the queue is in memory and what cannot be delivered is dropped and counted.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass

import aiohttp
import msgspec

from adapters.simulator.profiles import PROFILES
from adapters.simulator.records import Charge, Operation

QUEUE_MAX = 10_000
TRIES_MAX = 12  # doubling pauses from retry_s on: some seven minutes by default
WORKERS = 4
TRY_TIMEOUT_S = 5.0
SECRET_PREFIX = "whsec_"
_PATH = "/v1/webhooks/{gateway}"


class Notice(msgspec.Struct, frozen=True):
    """The body of a notice; ``key`` is the operation's own key where ``type`` names one.

    ``reference`` is the id of the charge or operation that it speaks of.
    """

    id: str
    type: str
    gateway: str
    key: str
    reference: str
    charge_id: str
    payment_id: str
    status: str
    amount: int
    currency: str
    account: str


def notice_of(gateway: str, record: Charge | Operation) -> Notice:
    """The notice of what a record is now; the same fact always has the same id."""
    charge = record if isinstance(record, Charge) else record.charge
    entry = record.entry
    return Notice(
        id=f"evt_{entry.id}_{record.status}",
        type=f"{'charge' if isinstance(record, Charge) else record.entry.kind}.{record.status}",
        gateway=gateway,
        key=entry.key,
        reference=entry.id,
        charge_id=charge.entry.id,
        payment_id=charge.entry.payment_id,
        status=record.status,
        amount=entry.amount,
        currency=entry.currency,
        account=PROFILES[gateway].account,
    )


def secret_bytes(secret: str) -> bytes:
    """The key that ``whsec_<base64>`` stands for; ValueError for anything else."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a notice secret starts with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as failure:
        raise ValueError("a notice secret is base64 after its prefix") from failure
    if not key:
        raise ValueError("a notice secret is not empty")
    return key


def signed_headers(key: bytes, notice_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """Standard Webhooks headers: HMAC-SHA256 over ``id.timestamp.body``, version v1."""
    content = b"%s.%d.%s" % (notice_id.encode(), at_s, body)
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": notice_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }


@dataclass(slots=True)
class NoticeCounts:
    """How many notices were delivered, and how many given up."""

    sent: int = 0
    dropped: int = 0


class Notices:
    """A queue and its workers; without a URL it takes notices and does nothing."""

    def __init__(self, url: str | None, secret: str | None, *, retry_s: float) -> None:
        """ValueError for a URL without a well-formed secret."""
        if url is not None and secret is None:
            raise ValueError("notices need a secret to be signed with (--notify-secret-file)")
        if url is not None and "{gateway}" not in url:
            url = url.rstrip("/") + _PATH
        self._url = url
        self._key = secret_bytes(secret) if secret is not None else b""
        self._retry_s = retry_s
        self._queue: asyncio.Queue[tuple[Notice, int]] = asyncio.Queue(QUEUE_MAX)
        self._waiting: dict[int, asyncio.TimerHandle] = {}  # for their next try
        self._number = 0
        self._workers: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None
        self.counts = NoticeCounts()

    async def start(self) -> None:
        """Starts the workers."""
        if self._url is not None:
            timeout = aiohttp.ClientTimeout(total=TRY_TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
            self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        """Stops them; what is queued is dropped."""
        for timer in self._waiting.values():
            timer.cancel()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def tell(self, notice: Notice, copies: int = 1) -> None:
        """Queues a notice ``copies`` times."""
        if self._url is None:
            return
        for _ in range(copies):
            self._put(notice, 0)

    def _put(self, notice: Notice, tried: int) -> None:
        try:
            self._queue.put_nowait((notice, tried))
        except asyncio.QueueFull:
            self.counts.dropped += 1

    async def _work(self) -> None:
        while True:
            notice, tried = await self._queue.get()
            if await self._post(notice):
                self.counts.sent += 1
            elif tried + 1 < TRIES_MAX and len(self._waiting) < QUEUE_MAX:
                self._put_later(notice, tried + 1)
            else:
                self.counts.dropped += 1

    def _put_later(self, notice: Notice, tried: int) -> None:
        """Nobody waits for it: one notice that is refused holds up no other."""
        number = self._number = self._number + 1

        def put() -> None:
            del self._waiting[number]
            self._put(notice, tried)

        pause_s = self._retry_s * 2 ** (tried - 1)
        self._waiting[number] = asyncio.get_running_loop().call_later(pause_s, put)

    async def _post(self, notice: Notice) -> bool:
        if self._url is None or self._session is None:
            return False
        body = msgspec.json.encode(notice)
        url = self._url.replace("{gateway}", notice.gateway)
        headers = signed_headers(self._key, notice.id, int(time.time()), body)
        try:
            async with self._session.post(url, data=body, headers=headers) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
