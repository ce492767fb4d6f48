"""Fixtures of the tests of embedded servers."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.servers.account import Account
from adapters.servers.places import home_for
from adapters.servers.postmaster import running_postmaster
from tests.support.postgres import database_dsn, postgres_server, server_folder
from tests.support.valkey import redis_server, redis_url

__all__ = ["database_dsn", "folder", "postgres_server", "redis_server", "redis_url"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a server of this test's own; a server left behind is stopped."""
    made = server_folder()
    yield made
    for cluster in made.rglob("cluster"):
        server = running_postmaster(cluster)
        if server is not None:
            server.stop()
    home = home_for(made, Account.for_servers())
    shutil.rmtree(home)
    shutil.rmtree(made)
