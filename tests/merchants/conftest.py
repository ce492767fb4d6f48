"""A town without merchants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.merchants.surroundings import Town, open_town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    opened = open_town()
    yield opened
    await opened.store.aclose()
