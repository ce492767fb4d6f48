"""The published versions of the API, and since which format one may be put on record.

A command's version is in its first event and decides how its answer is rendered for ever; the
renderings are in application/payments/renderings, and docs/versions.md says what may change where.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.installation.formats import NEWEST_FORMAT, Format, FormatTooLow

V2026_11_01: Final = "2026-11-01"  # frozen
V2026_12_01: Final = "2026-12-01"  # open until 0.2.0 is tagged

# Newest last. Processes that know only lower formats cannot render it.
SINCE: Final[Mapping[str, int]] = {V2026_11_01: 1, V2026_12_01: 2}
PUBLISHED: Final = tuple(SINCE)


def newest_in(format: Format) -> str:
    """The version that new keys get in an installation of this format."""
    return [version for version, since in SINCE.items() if since <= format.number][-1]


NEWEST: Final = newest_in(NEWEST_FORMAT)


def require(version: str, format: Format) -> None:
    """Raises FormatTooLow where the version may not be recorded yet, KeyError for no version."""
    if SINCE[version] > format.number:
        raise FormatTooLow(f"format {format.number} does not allow version {version} of the API")
