"""What an operator says about one gateway. Values only; composition reads them from settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, field_validator

from domain.currencies import EXPONENTS
from domain.gateway.capabilities import Capabilities
from domain.payment.method import MethodType

GATEWAYS_MAX: Final = 100
CONNECTIONS_DEFAULT: Final = 100
CONNECTIONS_MAX: Final = 1_000
CREDENTIAL_CHARACTERS_MAX: Final = 4_096
DAY_S: Final = 24 * 3600.0

_TOKEN: Final = re.compile(rf"[!-~]{{1,{CREDENTIAL_CHARACTERS_MAX}}}\Z")
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

    manual_capture: bool = True
    several_captures: bool = True
    refunds: bool = True
    look_up: bool = True
    absence_final: bool = False
    cancel_by_key: bool = True
    authorization_lifetime_s: Seconds = 7 * DAY_S
    key_lifetime_s: Seconds = DAY_S
    lateness_s: Seconds = 60.0

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

    @property
    def capabilities(self) -> Capabilities:
        """In the domain's words."""
        return Capabilities(
            methods=frozenset(self.methods),
            currencies=self.currencies,
            manual_capture=self.manual_capture,
            several_captures=self.several_captures,
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


def read_gateways(text: str | bytes) -> Sequence[GatewaySettings]:
    """A JSON list of gateways. Raises pydantic.ValidationError, which says where it is wrong."""
    return _LIST.validate_json(text)
