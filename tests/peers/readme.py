"""The request that README shows: what any client must be able to say."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.peers import ROOT


def create_body() -> dict[str, Any]:
    """The body of the first `curl` that has one."""
    found = re.search(r"-d '(\{.*?\})'", (ROOT / "README.md").read_text())
    assert found is not None
    body: dict[str, Any] = json.loads(found[1])
    return body
