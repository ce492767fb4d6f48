"""Stripe's own library and a stateful double of its API: charged by the one, read by us."""

from __future__ import annotations

import json

import httpx
import psutil
import pytest

from tests.support.peers import Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers]
KEY = {"Authorization": "Bearer sk_test_12345"}


def test_what_the_library_captured_is_read_over_http(peers: Peers) -> None:
    with peers.serving("serve", "localstripe") as url:
        charged = json.loads(peers.told("stripe_charge", url))
        assert (charged["held"], charged["captured"]) == ("requires_capture", "succeeded")
        read = httpx.get(f"{url}/v1/payment_intents/{charged['id']}", headers=KEY).json()
        assert (read["status"], read["amount"], read["currency"]) == ("succeeded", 4_200, "eur")


def test_it_listens_on_loopback_only_and_ends_with_the_block(peers: Peers) -> None:
    with peers.serving("serve", "localstripe") as url:
        port = httpx.URL(url).port
        listening = {
            one.laddr.ip
            for one in psutil.net_connections("inet")
            if one.laddr and one.status == psutil.CONN_LISTEN and one.laddr.port == port
        }
        assert listening == {"127.0.0.1"}
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_it_is_no_witness_of_repeats(peers: Peers) -> None:
    """A key charges twice there, unlike at Stripe: what repeats do is shown by our own double."""
    body = {"amount": 4_200, "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"}
    with peers.serving("serve", "localstripe") as url:
        intents = [
            httpx.post(
                f"{url}/v1/payment_intents", data=body, headers=KEY | {"Idempotency-Key": "one"}
            ).json()
            for _ in range(2)
        ]
    assert {one["status"] for one in intents} == {"succeeded"}
    assert intents[0]["id"] != intents[1]["id"]
