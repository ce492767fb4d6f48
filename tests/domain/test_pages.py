"""The pages of docs/ that are made from the code say what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.pages import DOCS, PAGES, meaning
from tests.domain.samples import NEWEST_OF

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_script_writes(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run scripts/diagram"


def test_every_event_has_its_line_with_its_version() -> None:
    page = (DOCS / "events.md").read_text()

    for name, version in NEWEST_OF.items():
        assert page.count(f"| `{name}` | {version} | ") == 1


def test_an_event_without_a_meaning_cannot_be_documented() -> None:
    with pytest.raises(ValueError, match="does not say what it means"):
        meaning(type("Silent", (), {}))


def test_the_script_can_be_run() -> None:
    script = ROOT / "scripts" / "diagram"

    assert script.stat().st_mode & 0o111
    assert "scripts/pages.py" in script.read_text()
