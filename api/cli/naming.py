"""From the id that a person has at hand to the payment that it is of."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from api.cli.support import Refused
from api.composition.stores import open_read_models
from api.settings import Settings
from domain.payment.view import payment_id

OURS: Final = re.compile(r"(?P<kind>pay_|re_)?(?P<id>[0-9a-fA-F]{32}|[0-9a-fA-F-]{36})")
REFERENCE_CHARACTERS_MAX: Final = 255
NAMES: Final = "pay_ or re_ and 32 hexadecimal digits, or an id that a gateway gave"


def must_name_something(text: str) -> None:
    """Raises Refused for what can be nobody's id."""
    ours = text.startswith(("pay_", "re_")) and OURS.fullmatch(text) is None
    if ours or not text.isprintable() or not 1 <= len(text) <= REFERENCE_CHARACTERS_MAX:
        raise Refused(f"{text!r} is no id of a payment ({NAMES})")


async def named(settings: Settings, text: str) -> UUID:
    """The payment; for a refund's id or a gateway's the one that the read models know it of.
    Raises Refused where there is none, or more than one."""
    found = OURS.fullmatch(text)
    if found is not None and found["kind"] != "re_":
        return UUID(found["id"])
    async with open_read_models(settings.postgres_dsn) as models:
        if found is not None:
            payments = await models.queries.payments_by_refund(UUID(found["id"]))
        else:
            payments = await models.queries.payments_by_reference(text)
    if len(payments) != 1:
        several = ", ".join(payment_id(one) for one in payments)
        raise Refused(f"{text!r} is of several payments: {several}" if several else f"no {text!r}")
    return payments[0]
