"""A bank with its own clock: takes files by which money is collected, and tells what it did."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.peers import Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers]
DAY, NEXT = "2026-11-10", "2026-11-11"  # a Tuesday, on which money moves, and the day after


@pytest.fixture
def bank(peers: Peers) -> Iterator[httpx.Client]:
    with (
        peers.serving("serve", "mock-bank", "2026-11-09T09:00") as url,
        httpx.Client(base_url=url) as client,
    ):
        yield client


def collected(bank: httpx.Client, file: str) -> tuple[int, str, list[tuple[str, str, int]]]:
    """Status, the file's status, and each collection: what was said to a file."""
    answer = bank.post("/payments", content=file.encode())
    said = answer.json()
    each = [(one["end_to_end_id"], one["outcome"], one["amount"]) for one in said["collections"]]
    return answer.status_code, said["reason"] or said["status"], each


def test_a_sepa_file_is_collected_once_and_stands_in_the_statement(
    peers: Peers, bank: httpx.Client
) -> None:
    file = peers.told("collect", "sepa", DAY)
    assert collected(bank, file) == (202, "ACCP", [("PAYMENT-1", "accepted", 4_200)])
    assert collected(bank, file) == (422, "DUPL", [])

    bank.post("/_mock/advance", params={"to": NEXT}).raise_for_status()
    mailbox = bank.get("/_mock/mailbox", params={"type": "camt.053"}).json()
    statements = [one["body"] for one in mailbox if one["account"] == "ACME"]
    entries = [json.loads(peers.told("collect", "read", given=one)) for one in statements]
    (entry,) = [entry for one in entries for entry in one]
    assert entry["EndToEndId"] == "PAYMENT-1"
    assert (float(entry["Amount"]), entry["CreditDebitIndicator"]) == (42.0, "CRDT")


def test_an_ach_file_is_collected_and_may_come_back(peers: Peers, bank: httpx.Client) -> None:
    account = {"format": "nacha", "currency": "USD"}
    bank.patch("/_mock/accounts/ACME", json=account).raise_for_status()
    file = peers.told("collect", "ach", DAY)
    assert collected(bank, file) == (202, "ACCP", [("PAYMENT-1", "accepted", 4_200)])

    bank.post("/_mock/advance", params={"to": NEXT}).raise_for_status()
    refusal = bank.post("/_mock/collections/PAYMENT-1/refuse", json={"reason": "R10"})
    refusal.raise_for_status()
    bank.post("/_mock/advance", params={"days": 3}).raise_for_status()
    (returned,) = bank.get("/_mock/mailbox", params={"type": "nacha.return"}).json()
    assert "799R10" in returned["body"]
