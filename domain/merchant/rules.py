"""The bounds of merchants and their keys, and the refusals with their codes."""

from __future__ import annotations

from typing import ClassVar, Final

VALID_KEYS_MAX: Final = 2  # the old one and the new one, during a rotation
ISSUED_KEYS_MAX: Final = 1_000  # over a merchant's life
NAME_CHARACTERS_MAX: Final = 200

READ: Final = "payments:read"
WRITE: Final = "payments:write"
# What operators may do is no scope of a merchant's: an old key that was issued with it lost it.
SCOPES: Final = frozenset({READ, WRITE})


class MerchantRejected(Exception):
    """A command that this merchant refuses. `code` is stable, the text is for people.

    MerchantRejected
    +-- UnknownMerchant   unknown_merchant
    +-- MerchantExists    merchant_exists
    +-- InvalidMerchant   invalid_merchant
    +-- InvalidScopes     invalid_scopes
    +-- TooManyKeys       too_many_keys
    +-- UnknownKey        unknown_key
    +-- UnknownVersion    unknown_version
    """

    code: ClassVar[str] = "rejected"


class UnknownMerchant(MerchantRejected):
    code = "unknown_merchant"


class MerchantExists(MerchantRejected):
    code = "merchant_exists"


class InvalidMerchant(MerchantRejected):
    code = "invalid_merchant"


class InvalidScopes(MerchantRejected):
    code = "invalid_scopes"


class TooManyKeys(MerchantRejected):
    code = "too_many_keys"


class UnknownKey(MerchantRejected):
    code = "unknown_key"


class UnknownVersion(MerchantRejected):
    code = "unknown_version"
