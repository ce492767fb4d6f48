"""docs/settings.md tells of every setting, its default and its bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from annotated_types import Ge, Gt, Le

from api.environment import NOT_SETTINGS
from api.settings import PREFIX, SECRETS_PER_GATEWAY_MAX, Settings

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/settings.md").read_text()
ROWS: Final = {
    name: (default, told)
    for name, default, told in re.findall(
        r"^\| `(\w+)` \| (`[^`]+`|none) \| (.+) \|$", PAGE, re.MULTILINE
    )
}
FIELDS: Final = {f"{PREFIX}{name.upper()}": one for name, one in Settings.model_fields.items()}


def default_of(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    return f"`{value if isinstance(value, str | Path) else json.dumps(value)}`"


def test_every_setting_is_told_of_and_no_other() -> None:
    assert ROWS.keys() == FIELDS.keys()


@pytest.mark.parametrize("name", FIELDS)
def test_with_its_default_and_its_bounds(name: str) -> None:
    default, told = ROWS[name]
    assert default == default_of(FIELDS[name])
    bounds = [
        next(getattr(one, side) for side in ("ge", "gt", "le") if hasattr(one, side))
        for one in FIELDS[name].metadata
        if isinstance(one, Ge | Gt | Le)
    ]
    if bounds and not name.endswith(("PORT", "LATENCY_SCALE")):
        assert re.match(r"(above )?(\d+) to (\d+): ", told), told
        assert [int(one) for one in re.findall(r"\d+", told)[:2]] == [int(one) for one in bounds]


def test_what_is_said_beside_them_is_true() -> None:
    assert SECRETS_PER_GATEWAY_MAX == 4
    assert "PYTHON" in NOT_SETTINGS
