"""Fixtures of the tests of hot state."""

from tests.support.valkey import redis_server, redis_url

__all__ = ["redis_server", "redis_url"]
