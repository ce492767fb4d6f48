"""Names that begin as ours do: settings, what is misspelt, and what is somebody else's."""

from __future__ import annotations

import pytest

from api.environment import unknown
from api.settings import PREFIX, Settings, SettingsRefused, read_settings, unknown_names

# What Kubernetes puts into every pod beside a service `interlock`, and one `interlock-api`.
OF_KUBERNETES = {
    "INTERLOCK_SERVICE_HOST": "10.0.0.1",
    "INTERLOCK_SERVICE_PORT": "8080",
    "INTERLOCK_SERVICE_PORT_HTTP": "8080",
    "INTERLOCK_PORT": "tcp://10.0.0.1:8080",
    "INTERLOCK_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "INTERLOCK_PORT_8080_TCP_PROTO": "tcp",
    "INTERLOCK_PORT_8080_TCP_PORT": "8080",
    "INTERLOCK_PORT_8080_TCP_ADDR": "10.0.0.1",
    "INTERLOCK_API_SERVICE_HOST": "10.0.0.1",
    "INTERLOCK_API_PORT": "udp://10.0.0.1:8080",
}
OURS = {
    "INTERLOCK_TEST_SEED": "1", "INTERLOCK_PYTHON": "/usr/bin/python3", "INTERLOCK_LEASHED": "1",
    "INTERLOCK_BEATS": "7", "INTERLOCK_LISTENS": "8", "INTERLOCK_PORT": "8080",
}  # fmt: skip


@pytest.mark.parametrize("environment", [OF_KUBERNETES, OURS, {"PORT": "1", "OTHER_LOG": "x"}])
def test_what_is_known_or_of_others_is_passed_over(environment: dict[str, str]) -> None:
    assert unknown(environment, Settings.model_fields, prefix=PREFIX) == []


@pytest.mark.parametrize("name", ["PROT", "LOGLEVEL", "GATEWAYS", "API_PORT", "TESTS", "X"])
def test_what_is_neither_is_named(name: str) -> None:
    (said,) = unknown({f"INTERLOCK_{name}": "1"}, Settings.model_fields, prefix=PREFIX)
    assert said.startswith(f"INTERLOCK_{name} is no setting")


def test_a_service_of_our_name_sets_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OF_KUBERNETES.items():
        monkeypatch.setenv(name, value)
    assert read_settings().port == 8080
    assert unknown_names() == []


def test_the_env_file_is_looked_at_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open(".env", "w") as file:
        file.write("INTERLOCK_PROT=1\nOTHER=2\n")
    assert unknown_names() == ["INTERLOCK_PROT is no setting: do you mean INTERLOCK_PORT?"]
    with open(".env", "wb") as binary:
        binary.write(b"INTERLOCK_PORT=\xff\n")
    with pytest.raises(SettingsRefused, match=r"^\.env: "):
        unknown_names()
    with pytest.raises(SettingsRefused, match=r"^\.env: "):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("esdb", "http://hush@there"), ("esdb", "esdb://"), ("postgres", "there:hush"),
        ("postgres", "postgresql://a:hush@["), ("redis", "hush"), ("redis", "redis://x:hush"),
        ("notice_secrets", '{"stripe": "hush"}'), ("notice_secrets", "{hush"),
        ("notice_secrets", "[1]"), ("notice_secrets", '{"stripe": []}'),
        ("notice_secrets", '{"stripe": [1]}'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name_and_never_quoted(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"INTERLOCK_{name.upper()}", value)
    with pytest.raises(SettingsRefused) as refusal:
        read_settings()
    said = str(refusal.value)
    assert said.startswith(f"INTERLOCK_{name.upper()}: ")
    assert "hush" not in said
    assert "\n" not in said


def test_a_gateway_may_have_two_secrets_while_one_is_changed() -> None:
    old, new = "whsec_b2xk", "whsec_bmV3"
    read = read_settings(notice_secrets={"stripe": [old, new], "hdfc": old})
    assert read.secrets() == {"notice_secrets": {"stripe": [old, new], "hdfc": [old]}}
