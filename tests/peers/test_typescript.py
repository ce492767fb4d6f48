"""The types that openapi-typescript makes of the document: README's request is of them, wrong ones
are not, and what they describe is what Node.js gets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

import httpx
import pytest

from api.processes.embedded import Embedded
from tests.peers.readme import create_body
from tests.support.peers import ROOT, VENV, Peers

pytestmark = [pytest.mark.slow, pytest.mark.peers, pytest.mark.needs_node]

STRICT: Final = ("--noEmit", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext",
          "--allowImportingTsExtensions", "--target", "es2023")  # fmt: skip
PROGRAMS: Final = ("charge.mts", "refused.mts")


@pytest.fixture
def folder(peers: Peers, client: httpx.Client, tmp_path: Path) -> Path:
    """With the document's types, README's body and the programs that use them."""
    document = tmp_path / "openapi.json"
    document.write_text(client.get("/openapi.json").text)
    peers.tool(
        "openapi-typescript", document, "--output", tmp_path / "api.d.mts",
        "--default-non-nullable=false",  # a member with a default may be left out of a request
    )  # fmt: skip
    (tmp_path / "body.mts").write_text(f"export const body = {json.dumps(create_body())} as const;")
    for program in PROGRAMS:
        shutil.copy(ROOT / "tests" / "peers" / "npm" / program, tmp_path)
    return tmp_path


def test_the_readmes_request_is_of_the_types_and_charges(
    peers: Peers, folder: Path, interlock: Embedded, api_key: str, client: httpx.Client
) -> None:
    types = VENV / "npm" / "node_modules" / "@types"
    peers.tool("tsc", *STRICT, "--typeRoots", types, *PROGRAMS, folder=folder)

    said = peers.tool("node", folder / "charge.mts", interlock.url, api_key, "node-1")
    charged = json.loads(said)
    assert (charged["status"], charged["amount"]) == ("succeeded", create_body()["amount"])
    assert client.get(f"/v1/payments/{charged['id']}").json()["status"] == "succeeded"
