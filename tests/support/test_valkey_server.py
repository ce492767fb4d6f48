"""The Valkey of the tests: it answers, forgets, and ends with its holder."""

from pathlib import Path

import pytest
import redis

from tests.servers.processes import VALKEY, finish, first_words, is_gone, spawn, wait_until
from tests.support.valkey_server import running_valkey, start_valkey

pytestmark = pytest.mark.slow


def test_it_speaks_redis_with_scripts() -> None:
    with running_valkey() as server, redis.Redis.from_url(server.url) as client:
        client.set("breaker", "open")
        script = "return redis.call('get', KEYS[1])"
        assert client.eval(script, 1, "breaker") == b"open"


def test_it_is_closed_to_the_network_and_keeps_nothing() -> None:
    with running_valkey() as server, redis.Redis.from_url(server.url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert server.folder.stat().st_mode & 0o777 == 0o700


def test_a_stop_leaves_nothing_and_may_be_repeated() -> None:
    server = start_valkey()
    server.stop()
    server.stop()
    assert is_gone(server.pid)
    assert not server.folder.exists()


def test_it_ends_with_its_killed_holder() -> None:
    holder = spawn(VALKEY)
    pid, folder = first_words(holder)
    finish(holder, kill=True)
    wait_until(lambda: is_gone(int(pid)) and not Path(folder).exists(), "the server ends")
