"""The facts of the installation by name, their newest schema versions, and the upcasters."""

from __future__ import annotations

from typing import Final

from domain.event_types import EventTypes
from domain.installation.events import FormatRaised

INSTALLATION_EVENTS: Final = EventTypes(
    types={FormatRaised.__name__: FormatRaised}, newest={}, upcasters={}
)
