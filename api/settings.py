"""Settings, from the environment (`INTERLOCK_...`) or a .env file. Secrets never show.

Wrong settings are refused before anything starts, in one line a person can act on.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from application.notices.signature import SigningSecret
from domain.payment.rules import Rules


class SettingsRefused(Exception):
    """Wrong settings; the text names each of them."""


class Settings(BaseSettings):
    """Seconds throughout, where a name ends in `_s`."""

    model_config = SettingsConfigDict(
        env_prefix="INTERLOCK_", env_file=".env", extra="ignore", frozen=True
    )

    mode: Literal["embedded", "production"] = "embedded"
    data: Path = Path(".interlock")  # embedded: the log, the read models, the books
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)

    embedded_dsn: SecretStr | None = None  # set by `interlock serve` for its children

    esdb: SecretStr | None = None  # esdb://user:password@host:2113?tls=true
    postgres: SecretStr | None = None  # postgresql://user:password@host/database
    redis: SecretStr | None = None  # redis://:password@host:6379/0
    gateways_file: Path | None = None  # JSON list, see docs/gateways.md
    notice_secrets: dict[str, SecretStr] = Field(default_factory=dict)  # per gateway, whsec_...

    simulator_port: int = Field(default=8090, ge=0, le=65535)
    simulator_seed: int = 1
    simulator_latency_scale: float = Field(default=1.0, ge=0, le=100)
    instant_gateway: bool = False  # benchmarks only: an in-process gateway that takes no time

    latency_budget_s: float = Field(default=9.0, ge=8, le=10)
    complete_within_s: float = Field(default=60.0, ge=10, le=3600)
    send_within_s: float = Field(default=2.0, gt=0, le=10)
    late_answer_within_s: float = Field(default=30.0, ge=1, le=300)
    clock_skew_s: float = Field(default=5.0, ge=0, le=60)
    recovery_concurrency: int = Field(default=16, ge=1, le=256)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("notice_secrets")
    @classmethod
    def _readable(cls, secrets: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for secret in secrets.values():
            SigningSecret.read(secret.get_secret_value())
        return secrets

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

    @property
    def postgres_dsn(self) -> str:
        """Of the read models, and in embedded mode of the log. Raises SettingsRefused."""
        dsn = self.postgres if self.mode == "production" else self.embedded_dsn
        if dsn is None:
            raise SettingsRefused("the embedded server is started by `interlock serve`")
        return dsn.get_secret_value()

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
        )

    def shown(self) -> dict[str, Any]:
        """For people and logs: secrets are stars."""
        return self.model_dump(mode="json")


def read_settings(**given: Any) -> Settings:
    """The environment's settings, `given` (not None) first. Raises SettingsRefused."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as wrong:
        lines = [_said(one) for one in wrong.errors(include_url=False, include_input=False)]
        raise SettingsRefused("; ".join(lines)) from None


def _said(error: Any) -> str:
    name = "_".join(str(one) for one in error["loc"]).upper()
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"INTERLOCK_{name}: {text}" if name else text
