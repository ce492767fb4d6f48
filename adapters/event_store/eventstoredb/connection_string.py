"""Parses `esdb://` and `esdb+discover://` connection strings; `kurrentdb` and `kdb` are the same
schemes under the server's new name.

Own code because the client library's parser quotes the whole string, password and all, in its
errors, and leaves percent-encoded passwords encoded. Connects to nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from adapters.event_store.eventstoredb.errors import BadConnectionString

DEFAULT_PORT: Final = 2113
KEEPALIVE_INTERVAL_MS: Final = 1_000
KEEPALIVE_TIMEOUT_MS: Final = 1_000
SEEDS_MAX: Final = 32

_SHAPE: Final = re.compile(
    r"(?P<scheme>(esdb|kurrentdb|kdb)(\+discover)?)://(?P<place>[^/?#]*)/?(\?(?P<query>.*))?"
)
_SEED: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+)(:(?P<port>\d{1,5}))?")
# Accepted because every EventStoreDB client knows them, without effect here: reads and appends go
# to the leader, discovery never gives up, and every call has a deadline of its own.
_WITHOUT_EFFECT: Final = frozenset({
    "nodepreference", "maxdiscoverattempts", "discoveryinterval", "gossiptimeout",
    "defaultdeadline", "throwonappendfailure",
})  # fmt: skip
_KNOWN: Final = _WITHOUT_EFFECT | {
    "tls", "tlsverifycert", "tlscafile", "usercertfile", "userkeyfile", "connectionname",
    "keepaliveinterval", "keepalivetimeout",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionString:
    """Where the store is and how to speak to it. `seeds` are `host:port`, at least one."""

    seeds: tuple[str, ...]
    discover: bool  # ask gossip for the leader; otherwise the one seed is it
    tls: bool = True
    verify_certificate: bool = True
    ca_file: Path | None = None
    user_certificate_file: Path | None = None
    user_key_file: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    connection_name: str = "interlock"
    keepalive_interval_ms: int = KEEPALIVE_INTERVAL_MS
    keepalive_timeout_ms: int = KEEPALIVE_TIMEOUT_MS


def parse_connection_string(text: str) -> ConnectionString:
    """Reads `esdb://[user:password@]host[:port][,host[:port]...][?option=value...]`.

    Or `kurrentdb://`, `kdb://`. Option names are not case sensitive; TLS is on unless `tls=false`.
    Several hosts, or a scheme that ends in `+discover`, mean a cluster. Raises BadConnectionString.
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise BadConnectionString("expected esdb://host:port or esdb+discover://host:port")
    credentials, _, hosts = shape["place"].rpartition("@")
    user, password = _credentials(credentials)
    seeds = _seeds(hosts)
    options = _options(shape["query"] or "")
    certificate, key = _path(options, "usercertfile"), _path(options, "userkeyfile")
    if (certificate is None) != (key is None):
        raise BadConnectionString("userCertFile and userKeyFile are given together or not at all")
    return ConnectionString(
        seeds=seeds,
        discover=len(seeds) > 1 or shape["scheme"].endswith("+discover"),
        tls=_flag(options, "tls"),
        verify_certificate=_flag(options, "tlsverifycert"),
        ca_file=_path(options, "tlscafile"),
        user_certificate_file=certificate,
        user_key_file=key,
        user=user,
        password=password,
        connection_name=options.get("connectionname") or "interlock",
        keepalive_interval_ms=_milliseconds(options, "keepaliveinterval", KEEPALIVE_INTERVAL_MS),
        keepalive_timeout_ms=_milliseconds(options, "keepalivetimeout", KEEPALIVE_TIMEOUT_MS),
    )


def _credentials(text: str) -> tuple[str | None, str | None]:
    if not text:
        return None, None
    user, colon, password = text.partition(":")
    if not user or not colon or not password:
        raise BadConnectionString("credentials before the @ must read user:password")
    return unquote(user), unquote(password)


def _seeds(hosts: str) -> tuple[str, ...]:
    seeds = []
    for part in filter(None, (host.strip() for host in hosts.split(","))):
        seed = _SEED.fullmatch(part)
        port = int(seed["port"] or DEFAULT_PORT) if seed else 0
        if seed is None or not 0 < port < 65_536:
            # What does not look like a host may be a piece of a password: it is not quoted.
            raise BadConnectionString(
                "hosts must read host or host:port, separated by commas; write special characters"
                " of a password percent-encoded"
            )
        seeds.append(f"{seed['host']}:{port}")
    if not seeds:
        raise BadConnectionString("no host is named")
    if len(seeds) > SEEDS_MAX:
        raise BadConnectionString(f"more than {SEEDS_MAX} hosts are named")
    return tuple(dict.fromkeys(seeds))


def _options(query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.lower() not in _KNOWN:
            raise BadConnectionString(f"unknown option {name[:40]!r}")
        if name.lower() in options:
            raise BadConnectionString(f"option {name!r} is given twice")
        options[name.lower()] = value
    return options


def _flag(options: dict[str, str], name: str) -> bool:
    value = options.get(name, "true").lower()
    if value not in ("true", "false"):
        raise BadConnectionString(f"option {name} must be true or false")
    return value == "true"


def _path(options: dict[str, str], name: str) -> Path | None:
    value = options.get(name)
    return Path(value) if value else None


def _milliseconds(options: dict[str, str], name: str, default: int) -> int:
    value = options.get(name)
    if value is None:
        return default
    if not value.isdecimal() or not 0 < int(value) <= 3_600_000:
        raise BadConnectionString(f"option {name} must be 1 to 3600000 milliseconds")
    return int(value)
