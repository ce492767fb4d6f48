"""Signatures at their edges: the window to the second, how many are read, and what is a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from application.notices.signature import BadSignature, SignedNotice, SigningSecret, verify

# The example of the Standard Webhooks libraries.
SECRET: Final = SigningSecret.read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
EXAMPLE: Final = SignedNotice(
    id="msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp="1614265330",
    signatures="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    body=b'{"test": 2432232314}',
)
SIGNED_AT_S: Final = 1_614_265_330


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def holds(notice: SignedNotice, *secrets: SigningSecret, late_s: float = 0) -> bool:
    try:
        verify(notice, secrets or [SECRET], now=at(SIGNED_AT_S + late_s))
    except BadSignature:
        return False
    return True


def test_the_published_example_holds_and_nothing_beside_it() -> None:
    assert holds(EXAMPLE)
    assert not holds(replace(EXAMPLE, body=EXAMPLE.body + b" "))
    assert not holds(replace(EXAMPLE, id="msg_other"))
    assert not holds(replace(EXAMPLE, timestamp="1614265331"))
    assert not holds(EXAMPLE, SigningSecret(b"another"))


@pytest.mark.parametrize(
    ("late_s", "held"), [(300, True), (300.001, False), (-300, True), (-300.001, False)]
)
def test_the_window_is_five_minutes_either_way(late_s: float, held: bool) -> None:
    assert holds(EXAMPLE, late_s=late_s) is held


def test_any_of_the_secrets_of_a_rotation_is_enough() -> None:
    other = SigningSecret(b"another")

    assert holds(EXAMPLE, other, SECRET)
    assert holds(EXAMPLE, SECRET, other)
    assert not holds(EXAMPLE, other, other)


@pytest.mark.parametrize(("before", "held"), [(9, True), (10, False)])
def test_ten_signatures_are_read(before: int, held: bool) -> None:
    """A bound on the work that somebody unknown can ask for."""
    many = " ".join(["v1,AAAA"] * before + [EXAMPLE.signatures])

    assert holds(replace(EXAMPLE, signatures=many)) is held


@pytest.mark.parametrize("version", ["v0", "v2", "v1a", ""])
def test_another_version_of_signatures_proves_nothing(version: str) -> None:
    mac = EXAMPLE.signatures.partition(",")[2]

    assert not holds(replace(EXAMPLE, signatures=f"{version},{mac}"))


def test_a_secret_is_the_bytes_behind_its_prefix() -> None:
    secret = SigningSecret.read("whsec_" + base64.b64encode(b"key").decode())
    content = b"evt_1.1614265330.{}"
    mac = base64.b64encode(hmac.new(b"key", content, hashlib.sha256).digest()).decode()
    notice = SignedNotice(
        id="evt_1", timestamp="1614265330", signatures=f"v1,{mac}", body=b"{}"
    )  # fmt: skip

    assert holds(notice, secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "a2V5",  # no prefix
        "WHSEC_a2V5",
        "whsec_a2V",  # no base64
        "whsec_a2V5!",
        "whsec_a2\nV5",
        " whsec_a2V5",
    ],
)
def test_what_is_no_secret_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and base64"):
        SigningSecret.read(text)


def test_a_secret_is_not_shown() -> None:
    assert repr(SECRET) == "SigningSecret()"
