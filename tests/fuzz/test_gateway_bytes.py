"""Whatever bytes come down the wire of a gateway: an answer that they spell out, or silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any, Final, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.gateways.http import HttpGateway
from application.ports.gateways import GatewaySilent
from domain.gateway.answers import (
    Absent,
    Answer,
    Blocked,
    CancelAnswer,
    Declined,
    LookedUp,
    NotProcessed,
)
from tests.fuzz.budget import ALWAYS, EXAMPLES, seeded
from tests.fuzz.test_gateway_answers import ABSENT, CARD, CHARGED, DECLINED, KEY, REFUSED
from tests.gateways.building import PATIENCE_S, ask, charge_request
from tests.gateways.stub import http, raw_answer, running_stub

pytestmark = pytest.mark.slow

Heard = TypeVar("Heard")

WHOLE: Final = [
    http(200, json.dumps(CHARGED).encode()),
    http(200, json.dumps(DECLINED).encode()),
    http(503, json.dumps(REFUSED).encode(), "Retry-After: 7"),
    http(404, json.dumps(ABSENT).encode()),
]
HEADERS: Final = (
    b"Content-Encoding: gzip", b"Transfer-Encoding: chunked", b"Content-Length: 0",
    b"Content-Length: -1", b"Connection: close", b"Location: /v1/charges", b"Retry-After: -7",
    b"X: \xff", b"Set-Cookie: a=b", b"Content-Length: 5", b" folded",
)  # fmt: skip


class Line:
    """To a gateway that says `data`, whatever it is asked, and hangs up."""

    def __init__(self, runner: asyncio.Runner, opened: AsyncExitStack) -> None:
        self._runner = runner
        self._stub = runner.run(opened.enter_async_context(running_stub()))
        self._gateway = HttpGateway(self._stub.settings())
        opened.push_async_callback(self._gateway.aclose)

    def ask(self, data: bytes) -> Answer | None:
        """Its answer to a charge; None for silence, which is all that may be raised."""
        return self._heard(data, ask(self._gateway, charge_request(key=KEY)))

    def look_up(self, data: bytes) -> LookedUp | None:
        return self._heard(data, self._gateway.look_up(KEY, kind="charge", timeout_s=PATIENCE_S))

    def cancel(self, data: bytes) -> CancelAnswer | None:
        return self._heard(data, self._gateway.cancel(KEY, timeout_s=PATIENCE_S))

    def _heard(self, data: bytes, asking: Coroutine[Any, Any, Heard]) -> Heard | None:
        self._stub.handle = raw_answer(data, then_close=True)
        try:
            return self._runner.run(asking)
        except GatewaySilent:
            return None


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    opened = AsyncExitStack()
    with asyncio.Runner() as runner:
        yield Line(runner, opened)
        runner.run(opened.aclose())


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A whole answer with a bit, a header or its end gone wrong."""
    data = draw(st.sampled_from(WHOLE))
    place = draw(st.integers(0, len(data) - 1))
    match draw(st.sampled_from(("flip", "cut", "header", "more", "insert"))):
        case "flip":
            bit = 1 << draw(st.integers(0, 7))
            return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
        case "cut":
            return data[:place]
        case "header":
            first, _, rest = data.partition(b"\r\n")
            return b"\r\n".join([first, draw(st.sampled_from(HEADERS)), rest])
        case "more":
            return data + draw(st.sampled_from(WHOLE) | st.binary())
        case _:
            return data[:place] + draw(st.binary(min_size=1, max_size=8)) + data[place:]


@given(data=spoiled() | st.binary())
@example(data=WHOLE[2].replace(b"503", b"200"))
@example(data=WHOLE[2].replace(b" 503 ", b" 103 "))
@example(data=b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE[0])
@example(data=WHOLE[0] + WHOLE[2])
@example(data=WHOLE[2] + WHOLE[0])
@seeded
@settings(ALWAYS, max_examples=EXAMPLES)
def test_an_answer_is_spelt_out_or_there_is_none(line: Line, data: bytes) -> None:
    answer = line.ask(data)
    if isinstance(answer, NotProcessed | Declined):
        assert b'"charged": false' in data or b'"declined"' in data
        assert CARD not in repr(answer)
    found = line.look_up(data)
    assert not isinstance(found, Absent) or b'"not_found"' in data
    assert not isinstance(line.cancel(data), Blocked)
