"""A browser without a window opens what the API serves to people."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.needs import needed
from tests.support.peers import run

pytestmark = [pytest.mark.slow, pytest.mark.needs_chromium]

# As root, and without its own calls to the world.
FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


def dom(url: str, profile: Path) -> str:
    """The page as it stands once it has loaded."""
    command = [str(needed("needs_chromium")), *FLAGS, f"--user-data-dir={profile}"]
    return run([*command, "--dump-dom", url])


def test_it_shows_the_openapi_document(client: httpx.Client, tmp_path: Path) -> None:
    page = dom(str(client.base_url.join("/openapi.json")), tmp_path)
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert shown is not None
    assert json.loads(html.unescape(shown[1])) == client.get("/openapi.json").json()
