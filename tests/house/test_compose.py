"""docker-compose.yml can only be read here, not run: it must parse and pin what it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.gateways.configuration import read_gateways
from api.settings import Role, Settings

ROOT = Path(__file__).parents[2]
SERVICES = {"eventstore", "postgres", "redis", "simulator", "api", "worker"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return read


def test_everything_is_there(services: dict[str, Any]) -> None:
    assert set(services) == SERVICES


def test_images_are_pinned_and_everything_starts_again(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        tag = service["image"].partition(":")[2] if "image" in service else "built"
        assert tag not in ("", "latest"), name


def test_all_but_the_simulator_have_health_checks_and_stores_keep_their_data(
    services: dict[str, Any],
) -> None:
    for name in ("eventstore", "postgres", "redis", "api", "worker"):
        assert services[name]["healthcheck"]["test"], name
    for name in ("eventstore", "postgres"):
        assert services[name]["volumes"], name


def test_probes_are_asked_where_the_operations_listeners_are(services: dict[str, Any]) -> None:
    settings = Settings.model_construct()
    asked: dict[Role, str] = {"api": "readyz", "worker": "healthz"}
    for role, path in asked.items():
        at = settings.operations_at(role)
        assert f"http://localhost:{at}/{path}" in services[role]["healthcheck"]["test"][-1]


def test_the_example_gateways_can_be_read() -> None:
    gateways = read_gateways((ROOT / "docs/gateways.example.json").read_bytes())
    assert [one.name for one in gateways][:2] == ["razorpay", "stripe"]
