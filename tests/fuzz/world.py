"""A shop that is driven from outside its event loop, as hypothesis calls its tests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from unittest.mock import patch

import httpx

from api.http import waiting
from domain.log import RecordedEvent
from tests.api.shop import Shop, open_shop

Result = TypeVar("Result")
BASE_URL: Final = "http://interlock"
PATIENCE_S: Final = 20.0  # with projections: a busy machine is no finding


class World:
    """Time passes in it only while it is asked something."""

    def __init__(self, runner: asyncio.Runner, shop: Shop) -> None:
        self._runner, self.shop = runner, shop

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)

    def send(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> httpx.Response:
        """Sends these very bytes; `url` is percent-encoded."""
        request = httpx.Request(method, url, headers=headers, content=body)
        return self.run(self.shop.client.send(request))

    def head(self) -> int:
        """The log's newest position."""
        return self.run(self.shop.store.head())

    def facts(self) -> list[RecordedEvent]:
        return self.run(self.shop.log())


@contextmanager
def open_world() -> Iterator[World]:
    with asyncio.Runner() as runner, patch.object(waiting, "WAIT_S", PATIENCE_S):
        opened = open_shop()
        shop = runner.run(opened.__aenter__())
        try:
            yield World(runner, shop)
        finally:
            runner.run(opened.__aexit__(None, None, None))
