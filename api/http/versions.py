"""The Interlock-Version header: which published version of the API a request is answered in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api.http.problems import Problem, bad_request
from domain.api_versions import PUBLISHED

HEADER: Final = "Interlock-Version"


def version_asked(values: Sequence[str], *, of_key: str) -> str:
    """The version that these header lines ask for; without any, the key's. Raises Problem."""
    if not values:
        return of_key
    if len(values) > 1:
        raise _unknown("The header came more than once.")
    version = values[0].strip(" \t")
    if version not in PUBLISHED:
        raise _unknown(f"Published are {', '.join(PUBLISHED)}.")
    return version


def _unknown(detail: str) -> Problem:
    return bad_request("unknown_version", f"This {HEADER} is not known.", detail=detail)
