"""Linters of OpenAPI documents that nobody here wrote find no error in ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.shop import open_shop
from tests.support.peers import Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers, pytest.mark.needs_node]


@pytest.fixture
async def document(tmp_path: Path) -> Path:
    async with open_shop() as shop:
        answer = await shop.client.get("/openapi.json")
    path = tmp_path / "openapi.json"
    path.write_text(answer.text)
    return path


def test_spectral(peers: Peers, document: Path) -> None:
    rules = document.with_name("spectral.yaml")
    rules.write_text('extends: ["spectral:oas"]\n')
    said = peers.tool("spectral", "lint", "--ruleset", rules, document)
    assert "No results with a severity of 'error' found!" in said


def test_redocly(peers: Peers, document: Path) -> None:
    config = document.with_name("redocly.yaml")
    # Alive and ready take nothing that a client could get wrong.
    config.write_text("extends: [recommended]\nrules: {operation-4xx-response: off}\n")
    peers.tool("redocly", "lint", "--config", config, "--max-problems", "1", document)
