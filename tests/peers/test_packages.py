"""The peers are a set of their own: locked by hashes, whole, and not among what the product has."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Final

import pytest

from tests.support.peers import ROOT, Peers

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAMES: Final = tuple(PROJECT["dependency-groups"]["peers"])
PIN: Final = re.compile(r"^([a-z0-9-]+)==(\S+) \\$", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Versions by package."""
    return dict(PIN.findall((ROOT / lock).read_text()))


def test_every_peer_is_locked_and_none_is_the_products() -> None:
    assert set(NAMES) <= pins("requirements-peers.txt").keys()
    assert not set(NAMES) & pins("requirements-dev.txt").keys()


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-dev.txt", "requirements-peers.txt"]
)
def test_a_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    for package in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in package, package


def test_the_lock_for_npm_has_hashes_and_no_address() -> None:
    lock = json.loads((ROOT / "tests" / "peers" / "npm" / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert {"node_modules/typescript", "node_modules/openapi-typescript"} <= packages.keys()
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.slow
@pytest.mark.peers
def test_every_peer_is_there_in_its_locked_version(peers: Peers) -> None:
    locked = pins("requirements-peers.txt")
    assert json.loads(peers.told("versions", *NAMES)) == {name: locked[name] for name in NAMES}
