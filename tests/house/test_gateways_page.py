"""docs/gateways.md tells of every member of a gateways file, and of its default, if it has one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from adapters.gateways.configuration import GATEWAYS_MAX, GatewaySettings

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/gateways.md").read_text()
ROWS: Final = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)
MEMBERS: Final = GatewaySettings.model_fields


def test_every_member_is_told_of_with_its_default_and_no_other() -> None:
    defaults = {
        name: "refused" if field.is_required() else json.dumps(field.default).strip('"')
        for name, field in MEMBERS.items()
    }

    assert [name for name, _, _ in ROWS] == list(MEMBERS)
    assert {name: default for name, default, _ in ROWS} == defaults


def test_the_bound_is_told() -> None:
    assert f"at most {GATEWAYS_MAX})" in PAGE


def test_the_example_spells_out_everything_that_decides_over_money() -> None:
    example = json.loads((ROOT / "docs/gateways.example.json").read_text())
    optional = {"credential", "currencies", "enabled", "retired", "connections_max"}

    assert len(example) == 6
    for entry in example:
        assert set(MEMBERS) - set(entry) == optional, entry["name"]


def test_the_code_names_a_page_that_is_there() -> None:
    named = set(re.findall(r"docs/[\w.-]+\.md", (ROOT / "api/settings.py").read_text()))

    assert named
    assert all((ROOT / page).is_file() for page in named)
