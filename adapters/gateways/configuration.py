"""What an operator says about one gateway. Values only; composition reads them from settings.

The one place where a member may have a default, and docs/gateways.md tells of each. What decides
over money has none: an entry that does not say it is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from domain.currencies import EXPONENTS
from domain.gateway.capabilities import Capabilities, Remainder
from domain.payment.method import MethodType

GATEWAYS_MAX: Final = 100
CONNECTIONS_DEFAULT: Final = 100
CONNECTIONS_MAX: Final = 1_000
CREDENTIAL_CHARACTERS_MAX: Final = 4_096
DAY_S: Final = 24 * 3600.0

_TOKEN: Final = re.compile(rf"[!-~]{{1,{CREDENTIAL_CHARACTERS_MAX}}}\Z")
_CALLED: Final = re.compile(r"[!-~]{1,64}")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Account = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
Seconds = Annotated[float, Field(ge=0, le=365 * DAY_S)]


class GatewaySettings(BaseModel):
    """One account at one endpoint. Several entries may share a name if all but one are `retired`.

    `retired`: no new payments, but what was sent there is still carried to its end; keep such an
    entry, with its credential, until nothing is open there. `enabled` False: no new payments now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name
    base_url: Annotated[str, Field(max_length=512)]
    account: Account
    credential: SecretStr | None = None  # sent as a bearer token
    methods: frozenset[MethodType]
    currencies: frozenset[str] | None = None  # None: every ISO 4217 code
    priority: Annotated[int, Field(ge=0, le=1_000)] = 100  # lower comes first
    enabled: bool = True
    retired: bool = False
    connections_max: Annotated[int, Field(ge=1, le=CONNECTIONS_MAX)] = CONNECTIONS_DEFAULT
    # What binds a "not charged" to the request that it speaks of, unless its body names our key:
    # that its connection carried nothing else, or a header that echoes the key, or nothing.
    bound_by: Literal["connection", "header", "body"] = "connection"
    echo_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = None

    manual_capture: bool = False
    several_captures: bool
    remainder: Remainder
    refunds: bool
    look_up: bool
    absence_final: bool = False
    cancel_by_key: bool
    authorization_lifetime_s: Seconds
    key_lifetime_s: Seconds
    lateness_s: Seconds

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http or https URL with a host")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must have no user, password, query or fragment")
        return value.rstrip("/")

    @field_validator("credential")
    @classmethod
    def _fit_for_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and _TOKEN.match(value.get_secret_value()) is None:
            raise ValueError(f"must be 1 to {CREDENTIAL_CHARACTERS_MAX} printable ASCII characters")
        return value

    @field_validator("currencies")
    @classmethod
    def _known_currencies(cls, value: frozenset[str] | None) -> frozenset[str] | None:
        unknown = sorted((value or frozenset()) - EXPONENTS.keys())
        if unknown:
            raise ValueError(f"unknown currencies: {', '.join(unknown)}")
        return value

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        if self.several_captures and self.remainder == "released":
            raise ValueError("several_captures says that what a capture leaves is kept")
        if self.absence_final and not self.look_up:
            raise ValueError("absence_final needs look_up: nobody else sees an absence")
        if (self.bound_by == "header") != (self.echo_header is not None):
            raise ValueError("echo_header goes with bound_by: header, and is needed there")
        return self

    @property
    def capabilities(self) -> Capabilities:
        """In the domain's words."""
        return Capabilities(
            methods=frozenset(self.methods),
            currencies=self.currencies,
            manual_capture=self.manual_capture,
            several_captures=self.several_captures,
            remainder=self.remainder,
            refunds=self.refunds,
            authorization_lifetime_s=self.authorization_lifetime_s,
            key_lifetime_s=self.key_lifetime_s,
            look_up=self.look_up,
            absence_final=self.absence_final,
            cancel_by_key=self.cancel_by_key,
            lateness_s=self.lateness_s,
        )

    def at(self, base_url: str) -> Self:
        """The same gateway at another endpoint. Raises ValidationError for a URL that is none."""
        return type(self).model_validate({**self.model_dump(), "base_url": base_url})


_LIST: Final[TypeAdapter[tuple[GatewaySettings, ...]]] = TypeAdapter(
    Annotated[tuple[GatewaySettings, ...], Field(max_length=GATEWAYS_MAX)],
    config=ConfigDict(hide_input_in_errors=True),
)


class GatewaysRefused(ValueError):
    """A gateways file that cannot be taken; one line says what of which entry is wrong."""


def read_gateways(text: str | bytes) -> Sequence[GatewaySettings]:
    """A JSON list of gateways. Raises GatewaysRefused."""
    try:
        gateways = _LIST.validate_json(text)
    except ValidationError as wrong:
        names = _names(text)
        errors = wrong.errors(include_url=False, include_input=False)
        raise GatewaysRefused("; ".join(_said(error, names) for error in errors)) from None
    check_together(gateways)
    return gateways


def check_together(gateways: Iterable[GatewaySettings]) -> None:
    """Raises GatewaysRefused where two entries claim one name, or one account and endpoint."""
    places: set[tuple[str, str, str]] = set()
    current: set[str] = set()
    for one in gateways:
        place = (one.name, one.account, one.base_url)
        if place in places:
            raise GatewaysRefused(f"gateway {one.name!r} is configured twice at {one.base_url}")
        places.add(place)
        if one.retired:
            continue
        if one.name in current:
            raise GatewaysRefused(f"gateway {one.name!r} has two entries that are not retired")
        current.add(one.name)


def _names(text: str | bytes) -> list[Any]:
    """What entries call themselves, as far as the file can be read."""
    try:
        entries = json.loads(text)
    except ValueError:
        return []
    if not isinstance(entries, list):
        return []
    return [one.get("name") if isinstance(one, dict) else None for one in entries]


def _said(error: ErrorDetails, names: Sequence[Any]) -> str:
    text = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:  # of the whole file
        return "must be a JSON list of gateways" if error["type"] == "tuple_type" else text
    entry, *members = error["loc"]
    name = names[entry] if isinstance(entry, int) and entry < len(names) else None
    called = f" ({name})" if isinstance(name, str) and _CALLED.fullmatch(name) else ""
    of = ".".join(str(member) for member in members)
    return " ".join(f"entry {entry}{called}{', ' if of else ''}{of}: {text}".split())
