"""What the gateway tells by itself: signed as Standard Webhooks say, again until it is taken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any, Final

import aiohttp

TRIES_MAX: Final = 40
EVERY_S: Final = 5.0
TIMEOUT_S: Final = 10.0
SECRET_PREFIX: Final = "whsec_"


def signed(key: bytes, notice: dict[str, Any], at_s: int) -> tuple[dict[str, str], bytes]:
    """Headers and body."""
    body = json.dumps(notice).encode()
    content = b"%s.%d.%s" % (str(notice["id"]).encode(), at_s, body)
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": str(notice["id"]),
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }
    return headers, body


class Telling:
    """Posts notices to one of `urls`, the next one after each failure; `{gateway}` is filled in."""

    def __init__(self, urls: list[str], secret: str) -> None:
        """Raises ValueError for a secret that is none."""
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError(f"a notice secret starts with {SECRET_PREFIX}")
        self._key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        self._urls = urls

    async def __call__(self, notice: dict[str, Any]) -> None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for number in range(TRIES_MAX):
                url = self._urls[number % len(self._urls)]
                if await self._told(session, url.replace("{gateway}", notice["gateway"]), notice):
                    return
                await asyncio.sleep(EVERY_S)

    async def _told(self, session: aiohttp.ClientSession, url: str, notice: dict[str, Any]) -> bool:
        headers, body = signed(self._key, notice, int(time.time()))
        try:
            async with session.post(url, data=body, headers=headers) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
