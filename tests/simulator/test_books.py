"""The books as files: read again, torn, held, full of nothing that was not written."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from adapters.simulator import Simulator, SimulatorSettings
from adapters.simulator.journal import BooksInUse, BooksUnwritable, Journal
from tests.simulator.caller import Caller, eventually


def journal_lines(path: Path) -> list[bytes]:
    journal = Journal(path)
    found = list(journal.lines())
    journal.close()
    return found


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for n in range(300):
        journal.append(b"%d" % n)
    journal.close()
    assert journal_lines(tmp_path / "j") == [b"%d" % n for n in range(300)]


@pytest.mark.parametrize("torn", [b"", b"half a li", b"x" * 40_000])
def test_a_torn_last_line_is_cut(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"one\ntwo\n" + torn)
    assert journal_lines(path) == [b"one", b"two"]
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_file_of_nothing_but_a_torn_line_is_empty(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"x" * 40_000)
    assert journal_lines(tmp_path / "j") == []


def test_two_writers_are_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with pytest.raises(BooksInUse, match="held by another simulator"):
        Journal(tmp_path / "j")
    journal.close()


def test_a_short_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    journal.append(b"one")
    whole_write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: whole_write(file, data[:3]))
    with pytest.raises(BooksUnwritable, match="short write"):
        journal.append(b"two and more")
    monkeypatch.undo()
    assert path.read_bytes() == b"one\n"
    journal.append(b"three")
    journal.close()
    assert path.read_bytes() == b"one\nthree\n"


async def test_what_cannot_be_booked_is_not_charged(
    simulator: Simulator, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int, __: bytes) -> int:
        raise OSError("no space left")

    monkeypatch.setattr("adapters.simulator.journal.os.write", full)
    answer = await caller.charge()
    assert (answer.status, answer.body["code"]) == (503, "books_unwritable")
    assert answer.body["charged"] is False
    monkeypatch.undo()
    assert (await caller.charge()).status == 200
    assert simulator.desks["stripe"].in_flight == set()


async def filled(settings: SimulatorSettings) -> dict[str, Any]:
    """Books with one of everything; what their simulator says about it."""
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        one = (await caller.charge("k1", capture=False)).body["id"]
        await caller.operate("capture", one, "c1", 6_000)
        await caller.operate("void", one, "v1")
        await caller.operate("refunds", one, "r1", 1_000)
        await caller.charge("k2", method_token="tok_do_not_honor", payment_id="payment-2")
        await caller.charge("k3", method_token="tok_pending_captured")
        two = (await caller.charge("k4", method_token="tok_refund_pending_declined")).body["id"]
        await caller.operate("refunds", two, "r2")
        await caller.release()
        await caller.charge("k5", method_token="tok_pending_declined")
        await caller.cancel("k6")
        return {"books": await caller.books(), "sums": (await caller.get("/_books")).body}


async def test_everything_is_known_again_after_a_restart(settings: SimulatorSettings) -> None:
    before = await filled(settings)
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        after = {"books": await caller.books(), "sums": (await caller.get("/_books")).body}
        assert after == before
        assert (await caller.charge("k1", capture=False)).headers["Idempotent-Replayed"] == "true"
        assert (await caller.charge("k6")).body["code"] == "key_canceled"
        ids = {charge["id"] for charge in before["books"]}
        assert (await caller.charge("k7")).body["id"] not in ids


async def test_what_was_pending_settles_after_a_restart(settings: SimulatorSettings) -> None:
    await filled(settings)
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        caller = Caller(session, simulator.url)
        assert (await caller.find("k5")).body["status"] == "pending"
        assert simulator.desks["stripe"].settler.settle_all() == 1
        assert (await caller.find("k5")).body["status"] == "declined"


async def test_pending_settles_when_it_is_due(settings: SimulatorSettings) -> None:
    soon = replace(settings, settle_s=0.01)
    async with Simulator(soon) as simulator, aiohttp.ClientSession() as session:
        await Caller(session, simulator.url).charge(method_token="tok_pending_captured")
        charge = simulator.desks["stripe"].books.newest_charge("k1")
        assert charge is not None
        await eventually(lambda: charge.status == "captured")


async def test_a_foreign_line_stops_the_start_and_frees_the_books(
    settings: SimulatorSettings,
) -> None:
    settings.books.mkdir()
    path = settings.books / "stripe.jsonl"
    path.write_bytes(b'{"type":"poem"}\n')
    with pytest.raises(msgspec.ValidationError, match="poem"):
        await Simulator(settings).start()
    path.unlink()
    async with Simulator(settings) as simulator:
        assert set(simulator.desks) == set(settings.gateways)
