"""The facts of operators by name, their newest schema versions, and the upcasters to these."""

from __future__ import annotations

from typing import Final, get_args

from domain.event_types import EventTypes
from domain.operator.events import OperatorEvent

OPERATOR_EVENTS: Final = EventTypes(
    types={one.__name__: one for one in get_args(OperatorEvent)}, newest={}, upcasters={}
)
