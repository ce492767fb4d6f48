"""The hostile gateway itself: books written before it answers and read again, tokens, draws, the
process."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.hostile.behaviour import HONEST, Behaviour, Catalogue
from tests.gateways.hostile.behaviours import EVERY, honest, lying
from tests.gateways.hostile.books import Books, read_books, read_lines
from tests.gateways.hostile.drawing import Draw, UnknownBehaviour, by_token
from tests.gateways.hostile.server import Hostile


def body(key: str, token: str = "tok_ok", **more: Any) -> dict[str, Any]:
    charge = {"key": key, "payment_id": "p", "amount": 500, "currency": "INR", "capture": True}
    return {**charge, "method_token": token, **more}


async def ask(url: str, verb: str, path: str, told: object = None) -> tuple[int, Any]:
    """Over a connection of its own. Raises ConnectionError, IncompleteReadError."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    data = b"" if told is None else json.dumps(told).encode()
    head = f"{verb} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(answer.split(b" ")[1]), json.loads(await reader.readexactly(length))
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_charge_is_in_the_books_before_a_byte_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    hostile = Hostile(path, now=lambda: 1.0)
    await hostile.start()
    with pytest.raises(asyncio.IncompleteReadError):
        await ask(hostile.url, "POST", "/a/v1/charges", body("k1", "tok_charge.closes_booked"))
    (charge,) = read_books(path).charges.values()
    assert (charge.key, charge.status, charge.net) == ("k1", "captured", 500)
    asked = [one for one in read_lines(path) if one["what"] == "asked"]
    assert [(one["behaviour"], one["lies"]) for one in asked] == [("closes_booked", False)]
    await hostile.stop()


async def test_the_same_key_is_charged_once_and_is_found_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    hostile = Hostile(path, now=lambda: 1.0)
    await hostile.start()
    first = await ask(hostile.url, "POST", "/a/v1/charges", body("k1"))
    assert await ask(hostile.url, "POST", "/a/v1/charges", body("k1")) == first
    assert await ask(hostile.url, "GET", "/a/v1/charges?key=k1") == first
    assert (await ask(hostile.url, "GET", "/a/v1/operations?key=k1"))[0] == 404
    path_there = f"/a/v1/charges/{first[1]['id']}/refunds"
    status, refund = await ask(hostile.url, "POST", path_there, {"key": "r1", "amount": 400})
    assert (status, refund["status"], refund["charge_id"]) == (200, "succeeded", first[1]["id"])
    refused = await ask(hostile.url, "POST", path_there, {"key": "r2", "amount": 101})
    assert refused == (422, {"code": "amount_too_large", "message": "", "charged": False})
    canceled = await ask(hostile.url, "POST", "/a/v1/cancellations", {"key": "k2"})
    assert canceled == (200, {"key": "k2", "status": "canceled", "charged": False})
    assert (await ask(hostile.url, "POST", "/a/v1/charges", body("k2")))[1]["charged"] is False
    await hostile.stop()
    (charge,) = read_books(path).charges.values()
    assert (charge.net, charge.held) == (100, 0)


async def test_books_go_on_where_they_ended_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    books = Books(path, lambda: 1.0)
    charge = books.open_charge("a", body("k1", capture=False))
    books.settle(charge, done=True)
    books.settle(
        books.open_operation("a", "capture", charge.id, {"key": "c1", "amount": 200}), done=True
    )
    books.close()
    with path.open("a") as file:
        file.write('{"n": 9, "what": "char')
    again = Books(path, lambda: 2.0)
    (found,) = again.charges.values()
    assert (found.status, found.captured, found.held) == ("authorized", 200, 300)
    assert again.entry("a", "c1") is not None
    again.close()


def test_a_token_names_what_is_met_where() -> None:
    token = "tok_charge.closes_booked+refund.hangs_booked@alpha"
    met = {
        (gateway, kind): one and one.name
        for gateway in ("alpha", "beta")
        for kind in ("charge", "refund", "void")
        for one in [by_token(token, gateway, kind)]
    }
    assert met == {
        ("alpha", "charge"): "closes_booked", ("beta", "charge"): "closes_booked",
        ("alpha", "refund"): "hangs_booked", ("beta", "refund"): None,
        ("alpha", "void"): None, ("beta", "void"): None,
    }  # fmt: skip
    assert by_token("tok_ok", "alpha", "charge") is None
    assert by_token("tok_all.honest", "alpha", "void") == HONEST
    with pytest.raises(UnknownBehaviour):
        by_token("tok_charge.nice", "alpha", "charge")


def test_a_draw_is_the_same_for_each_key_and_as_often_as_wished() -> None:
    draw = Draw(7, 0.25, honest())
    met = [draw.of("a", "charge", str(number)) for number in range(2_000)]
    assert met == [draw.of("a", "charge", str(number)) for number in range(2_000)]
    assert 400 < sum(one is not HONEST for one in met) < 600
    assert Draw().of("a", "charge", "k") is HONEST
    assert not any(one.lies for one in met)


def test_no_two_behaviours_have_one_name() -> None:
    catalogue = Catalogue()
    with pytest.raises(ValueError, match="two behaviours are named x"):
        catalogue.put([Behaviour(name="x"), Behaviour(name="x")])
    assert {one.name for one in lying()} < set(EVERY)


@contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.gateways.hostile", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            yield started, started.stdout.readline().split()[-1]
        finally:
            started.kill()


@pytest.mark.slow
def test_as_a_process_it_says_where_it_listens_and_ends_when_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    with process("--books", str(path)) as (started, url):
        request = urllib.request.Request(
            f"{url}/a/v1/charges", json.dumps(body("k1")).encode(), method="POST"
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["status"] == "captured"
        started.send_signal(signal.SIGTERM)
        assert started.wait() == 0
    assert [one.net for one in read_books(path).charges.values()] == [500]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "--books is needed"),
        (["--books", "x", "--among", "nice"], "no behaviour is named 'nice'"),
        (["--books", "x", "--notify", "http://x"], "--notify needs --notify-secret-file"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(options: list[str], why: str) -> None:
    command = [sys.executable, "-m", "tests.gateways.hostile", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()) == (2, [f"tests.gateways.hostile: {why}"])
