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


# Nothing but this machine has an address.
OFFLINE: Final = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
DRAWN: Final = ("--virtual-time-budget=20000", "--window-size=1280,1400")
PNG: Final = b"\x89PNG"


def dom(url: str, profile: Path, *more: str) -> str:
    """The page as it stands once it has loaded."""
    command = [str(needed("needs_chromium")), *FLAGS, f"--user-data-dir={profile}", *more]
    return run([*command, "--dump-dom", url])


def test_it_shows_the_documentation_without_a_network(client: httpx.Client, tmp_path: Path) -> None:
    picture = tmp_path / "docs.png"
    url = str(client.base_url.join("/docs"))
    page = dom(url, tmp_path, OFFLINE, *DRAWN, f"--screenshot={picture}")
    for said in (
        "/v1/payments/{payment}/refunds",
        "Charge a payer",
        "Give money back",
        "Authorize",
    ):
        assert said in html.unescape(page.replace("<wbr>", "").replace("\u200b", "")), said
    assert picture.read_bytes().startswith(PNG)


def test_it_shows_the_openapi_document(client: httpx.Client, tmp_path: Path) -> None:
    page = dom(str(client.base_url.join("/openapi.json")), tmp_path)
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert shown is not None
    assert json.loads(html.unescape(shown[1])) == client.get("/openapi.json").json()
