"""Published versions, and since which format one may be recorded."""

from __future__ import annotations

import pytest

from application.payments.renderings import RENDERINGS
from domain.api_versions import (
    NEWEST,
    PUBLISHED,
    SINCE,
    V2026_11_01,
    V2026_12_01,
    newest_in,
    require,
)
from domain.installation.formats import FIRST, Format, FormatTooLow
from domain.installation.formats import NEWEST as NEWEST_FORMAT


def test_what_new_keys_get_follows_the_format() -> None:
    assert newest_in(Format(FIRST)) == V2026_11_01
    assert newest_in(Format(NEWEST_FORMAT)) == NEWEST == V2026_12_01


def test_every_published_version_is_rendered_and_in_order() -> None:
    assert list(RENDERINGS) == list(PUBLISHED) == sorted(PUBLISHED)
    assert list(SINCE.values()) == sorted(SINCE.values())
    assert max(SINCE.values()) <= NEWEST_FORMAT


def test_no_version_is_recorded_before_its_format() -> None:
    require(V2026_11_01, Format(FIRST))
    require(V2026_12_01, Format(NEWEST_FORMAT))
    with pytest.raises(FormatTooLow, match="2026-12-01"):
        require(V2026_12_01, Format(FIRST))
    with pytest.raises(KeyError):
        require("2026-11-02", Format(NEWEST_FORMAT))
