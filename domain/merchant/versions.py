"""The facts of merchants by name, their newest schema versions, and the upcasters to these."""

from __future__ import annotations

from typing import Final, get_args

from domain.api_versions import V2026_11_01
from domain.event_types import EventTypes, adds
from domain.merchant.events import ApiKeyIssued, MerchantEvent

MERCHANT_EVENTS: Final = EventTypes(
    types={one.__name__: one for one in get_args(MerchantEvent)},
    newest={ApiKeyIssued.__name__: 2},
    # There was one version of the API while keys were issued without naming it.
    upcasters={(ApiKeyIssued.__name__, 1): adds(api_version=V2026_11_01)},
)
