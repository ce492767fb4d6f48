"""Fixtures of the event store tests."""

from tests.support.postgres import database_dsn, postgres_server

__all__ = ["database_dsn", "postgres_server"]
