"""A notice is kept once: whoever tells it again is told so, and it belongs to no merchant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from adapters.codec import notice_codec
from adapters.event_store.memory import MemoryEventStore
from adapters.simulator.notices import signed_headers
from adapters.surroundings import RandomIds
from application.fact_log import FactLog
from application.installation.in_force import FormatInForce
from application.notices.receive import Notices, Received, UnknownSender
from application.notices.signature import SignedNotice, SigningSecret
from domain.canonical import derived_id
from domain.chain import decode_metadata
from domain.gateway.claims import Claim

NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
PAYMENT: Final = UUID("0f3c1a3e-5c54-5a9c-8f0e-1d0f5d2a7c11")
SECRET: Final = b"a secret"

NOTHING_CLAIMED = Claim(key=None, kind=None, status=None)


class StandingClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def notice(body: bytes) -> SignedNotice:
    headers = signed_headers(SECRET, "evt_1", int(NOW.timestamp()), body)
    return SignedNotice(
        id=headers["webhook-id"],
        timestamp=headers["webhook-timestamp"],
        signatures=headers["webhook-signature"],
        body=body,
    )


def desk(store: MemoryEventStore) -> Notices:
    return Notices(
        FactLog(store, notice_codec(), RandomIds(), FormatInForce()),
        clock=StandingClock(),
        secrets={"alpha": [SigningSecret(SECRET)], "beta": []},
    )


async def test_the_first_delivery_and_its_repeats_name_the_payment() -> None:
    store = MemoryEventStore(StandingClock())
    told = notice(b'{"payment_id": "%s"}' % str(PAYMENT).encode())

    first = await desk(store).receive("alpha", told)
    again = await desk(store).receive("alpha", told)

    expected = Received(
        gateway="alpha", payment=PAYMENT, money_under=None, is_repeat=False, claim=NOTHING_CLAIMED
    )
    assert first == expected
    assert again == replace(expected, is_repeat=True)
    await store.aclose()


async def test_who_told_it_is_on_record_and_no_merchant_is() -> None:
    store = MemoryEventStore(StandingClock())
    await desk(store).receive("alpha", notice(b"{}"))

    (stored,) = await store.read_all(after=-1)

    metadata = decode_metadata(stored.metadata)
    assert (metadata.actor, metadata.merchant) == ("gateway:alpha", "")
    assert metadata.correlation == metadata.causation == derived_id("alpha", "evt_1")
    assert (metadata.owner, metadata.recover_after) == (None, None)
    await store.aclose()


@pytest.mark.parametrize("gateway", ["beta", "gamma"])
async def test_where_no_secret_is_agreed_on_nothing_is_taken(gateway: str) -> None:
    store = MemoryEventStore(StandingClock())

    with pytest.raises(UnknownSender):
        await desk(store).receive(gateway, notice(b"{}"))

    assert await store.read_all(after=-1) == []
    await store.aclose()


@pytest.mark.parametrize("status", ["authorized", "captured", "pending", "succeeded"])
async def test_a_notice_names_the_key_under_which_it_claims_money(status: str) -> None:
    body = {"payment_id": str(PAYMENT), "key": str(PAYMENT), "status": status}
    received = await desk(MemoryEventStore(StandingClock())).receive(
        "alpha", notice(json.dumps(body).encode())
    )
    assert received.money_under == PAYMENT


@pytest.mark.parametrize("said", [{"status": "declined"}, {}, {"status": "captured", "key": "x"}])
async def test_what_claims_no_money_names_no_such_key(said: dict[str, str]) -> None:
    body = {"payment_id": str(PAYMENT), "key": str(PAYMENT), **said}
    received = await desk(MemoryEventStore(StandingClock())).receive(
        "alpha", notice(json.dumps(body).encode())
    )
    assert received.money_under is None
