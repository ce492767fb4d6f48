"""Names in the environment that begin as ours do, and whose they are.

A setting that is misspelt is no setting: who gave it believes that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Final

# Of the set-up, of tests, and what a parent tells its children (api/processes).
OPERATOR_KEY: Final = "OPERATOR_KEY"  # of a person, for `interlock review`
NOT_SETTINGS: Final = frozenset({"PYTHON", "LEASHED", "BEATS", "LISTENS", OPERATOR_KEY})
OF_TESTS: Final = "TEST_"
# What Kubernetes and Docker make of a service whose name begins with "interlock".
_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://", re.IGNORECASE)
_NAMES_ADDRESS: Final = re.compile(r"(.+_)?PORT(_\d+_(TCP|UDP|SCTP))?")
_PART: Final = re.compile(
    r"(.+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR))"
)
NEAR: Final = 0.6


def is_of_a_service(name: str, value: str) -> bool:
    """Whether an orchestrator gave it: INTERLOCK_PORT=tcp://10.0.0.1:80 is no port of ours. `name`
    is without our prefix."""
    if _ADDRESS.match(value):
        return _NAMES_ADDRESS.fullmatch(name) is not None
    return _PART.fullmatch(name) is not None


def unknown(environment: Mapping[str, str], settings: Collection[str], *, prefix: str) -> list[str]:
    """Sentences, one for each name with our prefix that is no setting."""
    known = {one.upper() for one in settings}
    found = []
    for given, value in sorted(environment.items()):
        if not given.upper().startswith(prefix):
            continue
        name = given.upper().removeprefix(prefix)
        if name in known or name in NOT_SETTINGS or name.startswith(OF_TESTS):
            continue
        if not is_of_a_service(name, value):
            found.append(f"{given} is no setting{_nearest(name, known, prefix)}")
    return found


def _nearest(name: str, known: Iterable[str], prefix: str) -> str:
    near = get_close_matches(name, known, n=1, cutoff=NEAR)
    return f": do you mean {prefix}{near[0]}?" if near else " (docs/settings.md)"
