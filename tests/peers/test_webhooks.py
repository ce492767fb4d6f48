"""Notices are signed as Standard Webhooks says: its reference library signs for us and verifies
what the simulator signed."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import UTC, datetime
from typing import Final

import pytest

from adapters.simulator.notices import signed_headers
from application.notices.signature import BadSignature, SignedNotice, SigningSecret, verify
from tests.support.peers import Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers]
BODY: Final = '{"note": "Grüße, 42 €"}'


@pytest.fixture
def secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def test_what_the_library_signs_is_taken(peers: Peers, secret: str) -> None:
    signature = peers.told("webhook", "sign", secret, "msg_1", "1700000000", given=BODY).strip()
    signed_at = datetime.fromtimestamp(1_700_000_000, UTC)

    def told(body: str) -> None:
        notice = SignedNotice(
            id="msg_1", timestamp="1700000000", signatures=signature, body=body.encode()
        )
        verify(notice, [SigningSecret.read(secret)], now=signed_at)

    told(BODY)
    with pytest.raises(BadSignature):
        told(BODY + " ")


def test_what_the_simulator_signs_the_library_takes(peers: Peers, secret: str) -> None:
    at_s = int(time.time())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = signed_headers(key, "msg_1", at_s, BODY.encode())
    signature = headers["webhook-signature"]
    arguments = ("verify", secret, "msg_1", str(at_s), signature)
    assert peers.told("webhook", *arguments, given=BODY).strip() == "good"
    with pytest.raises(AssertionError, match="WebhookVerificationError"):
        peers.told("webhook", *arguments, given=BODY + " ")
