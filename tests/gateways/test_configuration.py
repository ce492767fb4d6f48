"""What operators may say about gateways, and what the registry makes of it."""

import json

import pytest
from pydantic import ValidationError

from adapters.gateways.configuration import (
    GATEWAYS_MAX,
    GatewaySettings,
    GatewaysRefused,
    read_gateways,
)
from adapters.gateways.examples import simulator_gateways
from adapters.gateways.instant import InstantGateway
from adapters.gateways.registry import ConfiguredGateways
from application.ports.gateways import Gateways, UnknownGateway

NEEDED: dict[str, object] = {
    "name": "alpha",
    "base_url": "https://a.example/x/",
    "account": "acct_1",
    "methods": ["card"],
    "several_captures": False,
    "remainder": "released",
    "refunds": True,
    "look_up": True,
    "cancel_by_key": True,
    "authorization_lifetime_s": 604_800,
    "key_lifetime_s": 86_400,
    "lateness_s": 60,
}
NOT_OF_A_SIMULATED_GATEWAY = {"credential", "currencies", "enabled", "retired", "connections_max"}
GOOD = json.dumps(NEEDED)[:-1]


def one(name: str = "alpha", **other: object) -> GatewaySettings:
    values = NEEDED | {"name": name, "base_url": "https://a.example"}
    return GatewaySettings.model_validate(values | other)


def test_gateways_are_read_from_json() -> None:
    (gateway,) = read_gateways(f'[{GOOD},"credential":"sk_1","currencies":["INR","JPY"]}}]')
    assert gateway.base_url == "https://a.example/x"
    assert gateway.credential is not None
    assert gateway.credential.get_secret_value() == "sk_1"
    assert "sk_1" not in repr(gateway)
    can = gateway.capabilities
    assert can.serves(method="card", currency="JPY", manual=False) is None
    assert can.serves(method="upi", currency="JPY", manual=False) == "method_not_supported"
    assert can.serves(method="card", currency="USD", manual=False) == "currency_not_supported"
    assert (can.look_up, can.cancel_by_key) == (True, True)
    assert (can.several_captures, can.remainder, can.refunds) == (False, "released", True)
    assert (can.lateness_s, can.key_lifetime_s) == (60.0, 24 * 3600.0)


@pytest.mark.parametrize("member", NEEDED)
def test_what_decides_over_money_and_is_not_said_is_refused(member: str) -> None:
    """A gateway without keys, whose entry did not say so, was asked again after a lost answer:
    the key was taken to last for a day. Two charges."""
    told = {name: value for name, value in NEEDED.items() if name != member}
    with pytest.raises(GatewaysRefused) as refusal:
        read_gateways(json.dumps([NEEDED, told]))
    called = "" if member == "name" else " (alpha)"
    assert str(refusal.value) == f"entry 1{called}, {member}: Field required"


def test_what_a_gateway_does_not_declare_it_does_not_offer() -> None:
    can = one().capabilities
    assert (can.manual_capture, can.absence_final) == (False, False)
    assert can.serves(method="card", currency="EUR", manual=True) == "manual_capture_not_supported"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"several_captures": True}, "what a capture leaves is kept"),
        ({"look_up": False, "absence_final": True}, "needs look_up"),
    ],
)
def test_what_contradicts_itself_is_refused(said: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        GatewaySettings.model_validate(NEEDED | said)


@pytest.mark.parametrize(
    "member",
    [
        '"surprise":1',
        '"name":"Alpha!"',
        '"name":"alpha\\n"',
        '"base_url":"ftp://a.example"',
        '"base_url":"https://"',
        '"base_url":"https://user:sk_secret@a.example"',
        '"base_url":"https://a.example?x=sk_secret"',
        '"currencies":["XXQ"]',
        '"methods":["cheque"]',
        '"priority":-1',
        '"connections_max":0',
        '"key_lifetime_s":-1',
        '"remainder":"lost"',
        '"credential":""',
        '"credential":"sk_secret\\r\\nX: y"',
    ],
)
def test_what_makes_no_sense_is_refused_and_secrets_are_not_shown(member: str) -> None:
    with pytest.raises(GatewaysRefused) as refusal:
        read_gateways(f"[{GOOD},{member}}}]")
    assert "sk_secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_there_is_a_bound_on_gateways() -> None:
    with pytest.raises(GatewaysRefused, match="at most 100"):
        read_gateways("[" + ",".join([GOOD + "}"] * (GATEWAYS_MAX + 1)) + "]")


def test_the_examples_serve_what_they_should() -> None:
    examples = {gateway.name: gateway for gateway in simulator_gateways("http://127.0.0.1:1")}
    assert examples["phonepe"].methods == {"upi", "wallet"}
    assert examples["hdfc"].methods == {"card", "netbanking"}
    assert examples["stripe"].base_url == "http://127.0.0.1:1/stripe"
    declared = set(GatewaySettings.model_fields) - NOT_OF_A_SIMULATED_GATEWAY
    assert {name for g in examples.values() for name in g.model_fields_set} == declared
    parametrised = simulator_gateways("http://127.0.0.1:1", key_lifetime_s=5, lateness_s=1)
    assert {(g.key_lifetime_s, g.lateness_s) for g in parametrised} == {(5.0, 1.0)}


def from_file(*settings: GatewaySettings) -> Gateways:
    return registry(*read_gateways(f"[{','.join(one.model_dump_json() for one in settings)}]"))


def registry(*settings: GatewaySettings) -> Gateways:
    return ConfiguredGateways(settings, make=InstantGateway)


def test_names_are_the_enabled_by_priority() -> None:
    gateways = registry(one("late", priority=9), one("off", enabled=False), one("soon", priority=1))
    assert list(gateways.names()) == ["soon", "late"]
    assert gateways.get("off").name == "off"
    with pytest.raises(UnknownGateway):
        gateways.get("nobody")


def test_what_a_stream_recorded_is_found_after_a_move() -> None:
    old = one(base_url="https://old.example", account="acct_0", retired=True)
    gateways = registry(one(), old)
    assert gateways.get("alpha").endpoint == "https://a.example"
    assert list(gateways.names()) == ["alpha"]
    recorded = gateways.recorded("alpha", "acct_0", "https://old.example")
    assert (recorded.account, recorded.endpoint) == ("acct_0", "https://old.example")
    now = gateways.get("alpha")
    assert gateways.recorded("alpha", now.account, now.endpoint) is now
    for name, account, endpoint in (
        ("alpha", "acct_1", "https://old.example"),
        ("alpha", "acct_9", "https://a.example"),
        ("beta", "acct_1", "https://a.example"),
    ):
        with pytest.raises(UnknownGateway):
            gateways.recorded(name, account, endpoint)


def test_one_name_has_one_meaning() -> None:
    for read in (registry, from_file):
        with pytest.raises(GatewaysRefused, match="two entries"):
            read(one(), one(account="acct_2"))
        with pytest.raises(GatewaysRefused, match="twice"):
            read(one(), one(retired=True))


async def test_closing_closes_all() -> None:
    gateways = ConfiguredGateways(simulator_gateways("http://127.0.0.1:1"))
    await gateways.aclose()
    assert len(gateways.names()) == 6
