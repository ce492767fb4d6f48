"""A card number at any place of a gateway's answer, broken or whole, ends up in no fact's text, in
no exception's and in no line of the log."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Coroutine, Iterator
from dataclasses import asdict
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways.gate import reason_of
from adapters.gateways.http import HttpGateway
from api.processes.logs import start_logging
from application.ports.gateways import GatewaySilent, NoAnswer
from domain.card_numbers import find_card_number
from tests.fuzz.budget import fuzzed
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request
from tests.gateways.stub import Stub, http, raw_answer

CARD: Final = "4111111111111111"
GOOD: Final = {"key": "K", "id": "ch_1", "status": "captured", "amount": 5_000, "currency": "INR"}
NO: Final = {"code": "x", "message": "", "charged": False}


def _json(status: int, told: object) -> bytes:
    return http(status, json.dumps(told).encode())


ANSWERS: Final[dict[str, str | bytes]] = {
    "status line": f"HTTP/1.1 {CARD} OK\r\n\r\n",
    "version": f"HTTP/{CARD} 200 OK\r\n\r\n",
    "no HTTP": f"{CARD}\r\n\r\n",
    "reason": f"HTTP/1.1 503 {CARD}\r\nContent-Length: 0\r\n\r\n",
    "header name": f"HTTP/1.1 200 OK\r\n{CARD} x: y\r\n\r\n",
    "header value": f"HTTP/1.1 200 OK\r\nContent-Length: {CARD}x\r\n\r\n",
    "long header": f"HTTP/1.1 200 OK\r\nX: {CARD} {'x' * 99_999}\r\n\r\n",
    "length": f"HTTP/1.1 200 OK\r\nContent-Length: {CARD}\r\n\r\n",
    "encoding": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {CARD}\r\n\r\n",
    "content encoding": http(200, b"1", f"Content-Encoding: {CARD}"),
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{CARD}\r\n",
    "chunk end": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1{CARD}\r\n",
    "chunk extension": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a={CARD}\r\nzz",
    "trailer": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{CARD}\r\n\r\n",
    "location": f"HTTP/1.1 302 Go\r\nLocation: /{CARD}\r\nContent-Length: 0\r\n\r\n",
    "cookie": f"HTTP/1.1 200 OK\r\nSet-Cookie: {CARD}\r\nContent-Length: 0\r\n\r\n",
    "retry after": f"HTTP/1.1 503 No\r\nRetry-After: {CARD}\r\nContent-Length: 0\r\n\r\n",
    "page": f"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{CARD}",
    "key": _json(200, GOOD | {"key": CARD}),
    "status": _json(200, GOOD | {"status": CARD}),
    "type": _json(200, GOOD | {"type": CARD}),
    "refusal's code": _json(503, NO | {"code": CARD}),
    "refusal's code as a number": _json(503, NO | {"code": int(CARD)}),
    "refusal's message": _json(503, NO | {"message": f"for {CARD}"}),
    "refusal at the bound": _json(503, NO | {"message": "x" * 290 + f" {CARD}"}),
    "refusal beyond the bound": _json(503, NO | {"message": "x" * 283 + f" {CARD}" + "5" * 9}),
    "refusal over two lines": _json(503, NO | {"message": "4111\r\n1111 1111\x001111"}),
    "refusal beside our own id": _json(503, NO | {"message": f"pay_0123456789abcdef {CARD}"}),
    "not offered": _json(501, {"code": "not_offered", "message": CARD, "charged": "unknown"}),
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that a process would write, as it would write it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    start_logging("debug", "test")
    written = io.StringIO()
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("place", ANSWERS)
async def test_a_card_number_in_an_answer_goes_nowhere(
    stub: Stub, stub_gateway: HttpGateway, log: io.StringIO, place: str
) -> None:
    answer = ANSWERS[place]
    data = answer if isinstance(answer, bytes) else answer.encode()
    stub.handle = raw_answer(data, then_close=True)
    key = charge_request().key
    asking: list[Coroutine[Any, Any, Any]] = [
        ask(stub_gateway, charge_request()),
        *(ask(stub_gateway, operation_request(one, "ch_1", 1)) for one in OPERATIONS),
        stub_gateway.look_up(key, kind="charge", timeout_s=PATIENCE_S),
        stub_gateway.cancel(key, timeout_s=PATIENCE_S),
    ]
    for said in await asyncio.gather(*asking, return_exceptions=True):
        if isinstance(said, BaseException):
            assert isinstance(said, NoAnswer)
            told = str(said)
            logging.getLogger("test").error("failed", exc_info=said)
        else:
            told = repr(asdict(said))
        assert not find_card_number(told), told
        assert "4111" not in told, told
    assert not _begins_a_card(log)


OPERATIONS: Final = ("capture", "void", "refund")


async def test_what_nobody_expected_is_told_without_its_words(
    stub: Stub, stub_gateway: HttpGateway, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> bytes:
        raise RuntimeError(f"parsing {CARD}")

    monkeypatch.setattr("adapters.gateways.transport._read", fails)
    with pytest.raises(GatewaySilent, match=r"no answer: RuntimeError$"):
        await ask(stub_gateway, charge_request())
    assert "unexpected failure" in log.getvalue()
    assert not _begins_a_card(log)


def _begins_a_card(log: io.StringIO) -> bool:
    """As written anywhere above. Four digits alone may be a time, or a place in memory."""
    return any(one in log.getvalue() for one in ("411111", "4111 1111", "4111\\r"))


@given(st.text(), st.sampled_from([ValueError, OSError, RuntimeError, TimeoutError]))
@fuzzed
def test_a_librarys_words_are_never_ours(words: str, kind: type[Exception]) -> None:
    assert reason_of(kind(f"{words}{CARD}")) == kind.__name__
