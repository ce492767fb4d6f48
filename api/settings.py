"""Settings, from the environment (`INTERLOCK_...`) or a .env file. Secrets never show.

Wrong settings are refused before anything starts, in one line a person can act on.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, get_args

from dotenv import dotenv_values
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from api.addresses import check_address
from api.environment import is_of_a_service, unknown
from application.notices.signature import SigningSecret
from domain.currencies import EXPONENTS
from domain.payment.rules import OTHER_CURRENCIES, RESOLVED_ALONE_MOST, Rules

PREFIX: Final = "INTERLOCK_"
PORT_MAX: Final = 65_535
Port: TypeAlias = Annotated[int, Field(ge=0, le=PORT_MAX)]
Role: TypeAlias = Literal["api", "worker"]
OPERATIONS_BESIDE: Final[dict[Role, int]] = {"api": 1, "worker": 2}
FILE: Final = ".env"
SECRETS_PER_GATEWAY_MAX: Final = 4
UNDER_REVIEW_TIMES: Final = 24  # as rarely as at the longest pause: once a day, where it is an hour


class SettingsRefused(Exception):
    """Wrong settings; the text names each of them."""


class Settings(BaseSettings):
    """Seconds throughout, where a name ends in `_s`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=FILE, extra="ignore", frozen=True)

    mode: Literal["embedded", "production"] = "embedded"
    data: Path = Path(".interlock")  # embedded: the log, the read models, the books
    host: str = "127.0.0.1"
    port: Port = 8080
    operations_host: str = "127.0.0.1"  # of probes and numbers, docs/operations.md
    operations_port: Port | None = None  # see operations_at

    embedded_dsn: SecretStr | None = None  # set by `interlock serve` for its children

    esdb: SecretStr | None = None  # esdb://user:password@host:2113?tls=true
    postgres: SecretStr | None = None  # postgresql://user:password@host/database
    redis: SecretStr | None = None  # redis://:password@host:6379/0
    gateways_file: Path | None = None  # JSON list, see docs/gateways.md
    # Per gateway a whsec_... or, while it is changed, a list of them.
    notice_secrets: dict[str, tuple[SecretStr, ...]] = Field(default_factory=dict)

    simulator_port: Port = 0  # 0: as the data folder keeps it
    simulator_seed: int = 1
    simulator_latency_scale: float = Field(default=1.0, ge=0, le=100)
    instant_gateway: bool = False  # benchmarks only: an in-process gateway that takes no time

    latency_budget_s: float = Field(default=9.0, ge=8, le=10)
    complete_within_s: float = Field(default=60.0, ge=10, le=3600)
    send_within_s: float = Field(default=2.0, gt=0, le=10)
    late_answer_within_s: float = Field(default=30.0, ge=1, le=300)
    clock_skew_s: float = Field(default=5.0, ge=0, le=60)
    verify_first_s: float = Field(default=5.0, gt=0, le=3600)  # the pause after an unknown outcome
    verify_most_s: float = Field(default=3600.0, gt=0, le=86_400)  # to which it doubles
    review_after_s: float = Field(default=72 * 3600.0, ge=10, le=30 * 86_400)  # then a person
    # How much, in minor units by currency ("*": of any other), one operator may decide on alone.
    resolved_alone_most: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=lambda: dict(RESOLVED_ALONE_MOST)
    )
    recovery_concurrency: int = Field(default=16, ge=1, le=256)  # per gateway and worker
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="before")
    @classmethod
    def _without_services(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: one for name, one in values.items()
            if not (isinstance(one, str) and is_of_a_service(name.upper(), one))
        }  # fmt: skip

    @field_validator("notice_secrets", mode="before")
    @classmethod
    def _one_or_several(cls, secrets: Any) -> Any:
        if not isinstance(secrets, dict):
            return secrets
        return {
            name: one if isinstance(one, list | tuple) else [one] for name, one in secrets.items()
        }

    @field_validator("notice_secrets")
    @classmethod
    def _readable(
        cls, secrets: dict[str, tuple[SecretStr, ...]]
    ) -> dict[str, tuple[SecretStr, ...]]:
        for gateway, several in secrets.items():
            if not 1 <= len(several) <= SECRETS_PER_GATEWAY_MAX:
                raise ValueError(f"{gateway!r} has 1 to {SECRETS_PER_GATEWAY_MAX} secrets")
            for secret in several:
                SigningSecret.read(secret.get_secret_value())
        return secrets

    @field_validator("esdb", "postgres", "redis")
    @classmethod
    def _an_address(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and info.field_name is not None:
            check_address(info.field_name, value.get_secret_value())
        return value

    @field_validator("resolved_alone_most")
    @classmethod
    def _of_currencies(cls, most: dict[str, int]) -> dict[str, int]:
        unknown = sorted(set(most) - {OTHER_CURRENCIES, *EXPONENTS})
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no ISO 4217 code, nor {OTHER_CURRENCIES!r}")
        return most

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in ("esdb", "postgres") if getattr(self, name) is None]
        if self.mode == "production" and missing:
            wanted = " and ".join(f"INTERLOCK_{name.upper()}" for name in missing)
            raise ValueError(f"mode production needs {wanted}")
        if self.mode == "production" and self.gateways_file is None:
            raise ValueError("mode production needs INTERLOCK_GATEWAYS_FILE")
        if self.mode == "embedded" and (self.esdb or self.postgres):
            raise ValueError("INTERLOCK_ESDB and INTERLOCK_POSTGRES go with mode production")
        if self.gateways_file is not None and not self.gateways_file.is_file():
            raise ValueError(f"INTERLOCK_GATEWAYS_FILE: no file {self.gateways_file}")
        return self

    @model_validator(mode="after")
    def _ever_longer(self) -> Self:
        if self.verify_first_s > self.verify_most_s:
            raise ValueError("INTERLOCK_VERIFY_FIRST_S is longer than INTERLOCK_VERIFY_MOST_S")
        return self

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        """Each time by itself may be right; together they would take a living owner's try away, or
        wait for what can no longer come."""
        budget_s = self.latency_budget_s
        if self.late_answer_within_s < budget_s:
            raise ValueError(
                "INTERLOCK_LATE_ANSWER_WITHIN_S is below INTERLOCK_LATENCY_BUDGET_S: others would "
                "take over while a request still waits"
            )
        if self.send_within_s > budget_s:
            raise ValueError(
                "INTERLOCK_SEND_WITHIN_S is above INTERLOCK_LATENCY_BUDGET_S: a charge would leave "
                "when its request has been answered"
            )
        if self.instant_gateway and (self.mode == "production" or self.gateways_file is not None):
            raise ValueError(
                "INTERLOCK_INSTANT_GATEWAY stands in for every gateway and moves no money: it goes "
                "neither with mode production nor with INTERLOCK_GATEWAYS_FILE"
            )
        return self

    @property
    def postgres_dsn(self) -> str:
        """Of the read models, and in embedded mode of the log. Raises SettingsRefused."""
        dsn = self.postgres if self.mode == "production" else self.embedded_dsn
        if dsn is None:
            raise SettingsRefused("the embedded server is started by `interlock serve`")
        return dsn.get_secret_value()

    def operations_at(self, role: Role) -> int:
        """The port of that process's operations listener. Unless it is set, the one behind the
        API's, and for a worker the next. 0 is any free one."""
        if self.operations_port is not None:
            return self.operations_port
        beside = self.port + OPERATIONS_BESIDE[role]
        return beside if self.port and beside <= PORT_MAX else 0

    @property
    def owners_folder(self) -> Path:
        return self.data / "owners"

    @property
    def rules(self) -> Rules:
        return Rules(
            send_within=timedelta(seconds=self.send_within_s),
            answer_within=timedelta(seconds=self.late_answer_within_s),
            clock_skew=timedelta(seconds=self.clock_skew_s),
            complete_within=timedelta(seconds=self.complete_within_s),
            latency_budget_s=self.latency_budget_s,
            review_after=timedelta(seconds=self.review_after_s),
            look_after_review=UNDER_REVIEW_TIMES * timedelta(seconds=self.verify_most_s),
            verify_first=timedelta(seconds=self.verify_first_s),
            verify_most=timedelta(seconds=self.verify_most_s),
            resolved_alone_most=self.resolved_alone_most,
        )

    def environment(self) -> dict[str, str]:
        """For a child: every setting that differs from its default, but no secret."""
        shown = self.model_dump(mode="json", include=self._differing() - SECRET)
        return {
            f"{PREFIX}{name.upper()}": one if isinstance(one, str) else json.dumps(one)
            for name, one in shown.items()
        }

    def secrets(self) -> dict[str, Any]:
        """For a child as well, revealed: never by its environment or its command line."""
        return {name: _revealed(getattr(self, name)) for name in self._differing() & SECRET}

    def _differing(self) -> set[str]:
        fields = type(self).model_fields.items()
        return {
            name for name, field in fields
            if getattr(self, name) != field.get_default(call_default_factory=True)
        }  # fmt: skip

    def shown(self) -> dict[str, Any]:
        """For people and logs: secrets are stars."""
        return self.model_dump(mode="json")


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def _revealed(secret: SecretStr | dict[str, tuple[SecretStr, ...]]) -> Any:
    if isinstance(secret, dict):
        return {name: [one.get_secret_value() for one in all_] for name, all_ in secret.items()}
    return secret.get_secret_value()


SECRET: Final = frozenset(
    name for name, field in Settings.model_fields.items() if _holds_secret(field.annotation)
)


class _OfChild(Settings):
    """Told everything by its parent: no .env file says otherwise."""

    model_config = SettingsConfigDict(env_file=None)


def read_settings(**given: Any) -> Settings:
    """The environment's settings, `given` (not None) first. Raises SettingsRefused."""
    return _read(Settings, given)


def settings_of_child(**secrets: Any) -> Settings:
    """As the parent's `environment` and `secrets` tell them. Raises SettingsRefused."""
    return _read(_OfChild, secrets)


def unknown_names() -> list[str]:
    """Sentences, one for each name with our prefix, in the environment or the .env file, that is no
    setting. Raises SettingsRefused."""
    try:
        given = {name: value or "" for name, value in dotenv_values(FILE).items()}
    except (OSError, ValueError) as wrong:
        raise SettingsRefused(f"{FILE}: {wrong}") from None
    return unknown({**given, **os.environ}, Settings.model_fields, prefix=PREFIX)


def refuse_unknown() -> None:
    """Raises SettingsRefused where a name with our prefix is no setting."""
    if found := unknown_names():
        raise SettingsRefused("; ".join(found))


def _read(kind: type[Settings], given: dict[str, Any]) -> Settings:
    try:
        return kind(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as wrong:
        lines = [_said(one) for one in wrong.errors(include_url=False, include_input=False)]
        raise SettingsRefused("; ".join(lines)) from None
    except SettingsError as wrong:  # says which field, and quotes nothing
        name = next(one for one in kind.model_fields if f'"{one}"' in str(wrong))
        raise SettingsRefused(f"{PREFIX}{name.upper()}: is no JSON (docs/settings.md)") from None
    except (OSError, UnicodeError) as wrong:
        raise SettingsRefused(f"{FILE}: {wrong}") from None


def _said(error: Any) -> str:
    name = "_".join(str(one) for one in error["loc"][:1]).upper()
    inner = ".".join(str(one) for one in error["loc"][1:])
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{name}: {inner}{': ' if inner else ''}{text}" if name else text
