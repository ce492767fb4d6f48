"""What operators may say about gateways, and what the registry makes of it."""

import pytest
from pydantic import ValidationError

from adapters.gateways.configuration import GATEWAYS_MAX, GatewaySettings, read_gateways
from adapters.gateways.examples import simulator_gateways
from adapters.gateways.instant import InstantGateway
from adapters.gateways.registry import ConfiguredGateways
from application.ports.gateways import Gateways, UnknownGateway

GOOD = '{"name":"alpha","base_url":"https://a.example/x/","account":"acct_1","methods":["card"]'


def one(name: str = "alpha", **other: object) -> GatewaySettings:
    values: dict[str, object] = {
        "name": name,
        "base_url": "https://a.example",
        "account": "acct_1",
        "methods": ["card"],
    }
    return GatewaySettings.model_validate(values | other)


def test_gateways_are_read_from_json() -> None:
    (gateway,) = read_gateways(f'[{GOOD},"credential":"sk_1","currencies":["INR","JPY"]}}]')
    assert gateway.base_url == "https://a.example/x"
    assert gateway.credential is not None
    assert gateway.credential.get_secret_value() == "sk_1"
    assert "sk_1" not in repr(gateway)
    can = gateway.capabilities
    assert can.serves(method="card", currency="JPY", manual=True) is None
    assert can.serves(method="upi", currency="JPY", manual=True) == "method_not_supported"
    assert can.serves(method="card", currency="USD", manual=True) == "currency_not_supported"
    assert (can.look_up, can.cancel_by_key, can.absence_final) == (True, True, False)
    assert (can.lateness_s, can.key_lifetime_s) == (60.0, 24 * 3600.0)


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
        '"credential":""',
        '"credential":"sk_secret\\r\\nX: y"',
    ],
)
def test_what_makes_no_sense_is_refused_and_secrets_are_not_shown(member: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_gateways(f"[{GOOD},{member}}}]")
    assert "sk_secret" not in str(refusal.value)


def test_there_is_a_bound_on_gateways() -> None:
    with pytest.raises(ValidationError):
        read_gateways("[" + ",".join([GOOD + "}"] * (GATEWAYS_MAX + 1)) + "]")


def test_the_examples_serve_what_they_should() -> None:
    examples = {gateway.name: gateway for gateway in simulator_gateways("http://127.0.0.1:1")}
    assert examples["phonepe"].methods == {"upi", "wallet"}
    assert examples["hdfc"].methods == {"card", "netbanking"}
    assert examples["stripe"].base_url == "http://127.0.0.1:1/stripe"
    parametrised = simulator_gateways("http://127.0.0.1:1", key_lifetime_s=5, lateness_s=1)
    assert {(g.key_lifetime_s, g.lateness_s) for g in parametrised} == {(5.0, 1.0)}


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
    with pytest.raises(ValueError, match="two entries"):
        registry(one(), one(account="acct_2"))
    with pytest.raises(ValueError, match="twice"):
        registry(one(), one(retired=True))


async def test_closing_closes_all() -> None:
    gateways = ConfiguredGateways(simulator_gateways("http://127.0.0.1:1"))
    await gateways.aclose()
    assert len(gateways.names()) == 6
