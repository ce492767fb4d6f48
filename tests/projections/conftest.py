"""Fixtures of the read side: one database for all, a schema per test."""

from collections.abc import Iterator

import pytest

from adapters.servers.postgres import RunningPostgres
from tests.support.postgres import (
    database_dsn,
    drop_database,
    fresh_database,
    postgres_server,
)

__all__ = ["database_dsn", "postgres_server", "read_models_dsn"]


@pytest.fixture(scope="session")
def read_models_dsn(postgres_server: RunningPostgres) -> Iterator[str]:
    """A database that all tests share; each makes its own schema."""
    dsn = fresh_database(postgres_server)
    yield dsn
    drop_database(dsn)
