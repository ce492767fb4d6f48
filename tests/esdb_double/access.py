"""Who may do what on a node that is not insecure: users, and who may read $all.

Checked when a call begins, as a server does; what a user may do later changes nothing for a call
that is open.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from tests.esdb_double.refusals import ACCESS_DENIED, UNAUTHENTICATED, Refused


@dataclass(slots=True)
class Access:
    """Passwords by user. `admins` and `readers_of_all` name users; both may read $all. May be
    changed at any time."""

    passwords: dict[str, str]
    admins: set[str] = field(default_factory=set)
    readers_of_all: set[str] = field(default_factory=set)

    def user(self, authorization: str | None) -> str | None:
        """None for nobody in particular. Raises Refused for a stranger."""
        if authorization is None:
            return None
        scheme, _, encoded = authorization.partition(" ")
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(UNAUTHENTICATED) from None
        if scheme != "Basic" or self.passwords.get(name) != password:
            raise Refused(UNAUTHENTICATED)
        return name

    def check_stream(self, user: str | None) -> None:
        """Raises Refused for whoever gave no credentials."""
        if user is None:
            raise Refused(ACCESS_DENIED)

    def check_all(self, user: str | None) -> None:
        """Raises Refused for whoever may not read $all."""
        if user not in self.admins | self.readers_of_all:
            raise Refused(ACCESS_DENIED)
