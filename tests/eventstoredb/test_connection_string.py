"""Connection strings: what they mean, and that what they hold is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.event_store.eventstoredb.connection_string import parse_connection_string
from adapters.event_store.eventstoredb.dialer import Dialer
from adapters.event_store.eventstoredb.errors import BadConnectionString
from adapters.event_store.eventstoredb.store import EventStoreDBStore

SECRET = "s3cret-word"


def test_a_single_node() -> None:
    target = parse_connection_string("esdb://localhost?tls=false")
    assert target.seeds == ("localhost:2113",)
    assert not target.discover
    assert not target.tls


@pytest.mark.parametrize("scheme", ["kurrentdb", "kdb"])
@pytest.mark.parametrize("rest", ["://u:p@h:1?tls=false", "+discover://h", "://a,b:5"])
def test_the_servers_new_name_means_the_same(scheme: str, rest: str) -> None:
    assert parse_connection_string(scheme + rest) == parse_connection_string("esdb" + rest)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("esdb://a:1,b:2,c", ("a:1", "b:2", "c:2113")),
        ("esdb+discover://cluster.example", ("cluster.example:2113",)),
        ("esdb+discover://cluster.example:21130/", ("cluster.example:21130",)),
        ("esdb://a, a ,[::1]:5", ("a:2113", "[::1]:5")),
    ],
)
def test_a_cluster(text: str, seeds: tuple[str, ...]) -> None:
    target = parse_connection_string(text)
    assert target.seeds == seeds
    assert target.discover
    assert target.tls


def test_credentials_are_decoded() -> None:
    target = parse_connection_string("esdb://ad%40min:p%3Aa%2Fss%25@host:1")
    assert (target.user, target.password) == ("ad@min", "p:a/ss%")
    assert target.seeds == ("host:1",)


def test_options_whatever_their_case() -> None:
    target = parse_connection_string(
        "esdb://h?TLS=true&tlsVerifyCert=False&TlsCaFile=/ca.crt&userCertFile=/u.crt"
        "&userKeyFile=/u.key&connectionName=orders&keepAliveInterval=5&keepAliveTimeout=7"
        "&nodePreference=follower&MaxDiscoverAttempts=3&gossipTimeout=9&defaultDeadline=1"
    )
    assert (target.tls, target.verify_certificate) == (True, False)
    assert target.ca_file == Path("/ca.crt")
    assert (target.user_certificate_file, target.user_key_file) == (Path("/u.crt"), Path("/u.key"))
    assert target.connection_name == "orders"
    assert (target.keepalive_interval_ms, target.keepalive_timeout_ms) == (5, 7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"postgres://u:{SECRET}@h", "esdb://"),
        (f"u:{SECRET}@h", "esdb://"),
        (f"esdb://u:{SECRET}@", "no host"),
        ("esdb://", "no host"),
        (f"esdb://{SECRET}@h", "user:password"),
        (f"esdb://u:{SECRET}/x@h", "esdb://"),
        (f"esdb://u:x:{SECRET}", "percent-encoded"),
        ("esdb://h:0", "host:port"),
        ("esdb://h:70000", "host:port"),
        (f"esdb://u:{SECRET}@h?tls=maybe", "true or false"),
        (f"esdb://u:{SECRET}@h?tsl=false", "unknown option 'tsl'"),
        (f"esdb://u:{SECRET}@h?tls=true&TLS=false", "twice"),
        (f"esdb://u:{SECRET}@h?keepAliveInterval=-1", "milliseconds"),
        (f"esdb://u:{SECRET}@h?userCertFile=/c", "together"),
        ("esdb://" + ",".join(f"h{n}" for n in range(33)), "more than 32"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(text: str, words: str) -> None:
    with pytest.raises(BadConnectionString) as raised:
        parse_connection_string(text)
    assert words in str(raised.value)
    assert SECRET not in str(raised.value)


def test_nothing_shows_the_password() -> None:
    text = f"esdb://admin:{SECRET}@h:1"
    target = parse_connection_string(text)
    store = EventStoreDBStore(text)
    assert repr(store) == "EventStoreDBStore(h:1)"
    for shown in (repr(target), str(target), repr(store), str(vars(store))):
        assert SECRET not in shown


def test_a_certificate_that_cannot_be_read_is_named() -> None:
    target = parse_connection_string("esdb://h?tlsCaFile=/nowhere/ca.crt")
    with pytest.raises(BadConnectionString, match=r"/nowhere/ca\.crt: No such file"):
        Dialer(target)


def test_credentials_are_sent_with_tls_only(caplog: pytest.LogCaptureFixture) -> None:
    safe = Dialer(parse_connection_string("esdb://u:p@h"))
    assert ("authorization", "Basic dTpw") in safe.any_node
    assert ("requires-leader", "true") in safe.leader_only
    assert caplog.text == ""
    plain = Dialer(parse_connection_string("esdb://u:p@h?tls=false"))
    assert "authorization" not in dict(plain.any_node)
    assert "not sent" in caplog.text
