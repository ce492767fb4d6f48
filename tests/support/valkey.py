"""One Redis-protocol server per test run: a Valkey from the wheel, or the one that
`INTERLOCK_TEST_REDIS` names (a Redis URL; its database is EMPTIED before every test).

Import the fixtures in a conftest: `from tests.support.valkey import redis_server, redis_url`.
"""

import atexit
import os
from functools import cache

import pytest
import redis

from tests.support.valkey_server import start_valkey


@cache
def shared_url() -> str:
    """The URL of the server of this run, started at the first call."""
    named = os.environ.get("INTERLOCK_TEST_REDIS")
    if named:
        return named
    server = start_valkey()
    atexit.register(server.stop)
    return server.url


@pytest.fixture(scope="session")
def redis_server() -> str:
    """The URL of the server of this run; its content is shared by all tests."""
    return shared_url()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of the server, emptied for this test."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
