"""The facts of a merchant's stream. A recorded shape is never edited (versions.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantRegistered:
    """Somebody may take payments here."""

    merchant: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyIssued:
    """A key to the API; the secret itself is shown once and stored nowhere."""

    key_id: str
    secret_hash: str  # SHA-256, hex
    scopes: tuple[str, ...]
    api_version: str  # in which answers are told where a request does not say
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked:
    """The key opens nothing any more."""

    key_id: str
    at: datetime


MerchantEvent: TypeAlias = MerchantRegistered | ApiKeyIssued | ApiKeyRevoked
