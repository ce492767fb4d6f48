"""What other tests rely on: each gets a database and a Redis of its own."""

import psycopg
import pytest
import redis

from adapters.servers.postgres import RunningPostgres
from tests.support.postgres import drop_database, fresh_database

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_starts_with_an_empty_database(database_dsn: str, turn: int) -> None:
    with psycopg.connect(database_dsn) as connection:
        connection.execute("CREATE TABLE left_behind (turn int)")
        row = connection.execute("SELECT count(*) FROM left_behind").fetchone()
    assert row == (0,), turn


def test_a_database_can_be_copied_from_a_template(postgres_server: RunningPostgres) -> None:
    template = fresh_database(postgres_server)
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE fact AS SELECT 7 AS number")
        name = str(connection.info.dbname)
    copy = fresh_database(postgres_server, template=name)
    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT number FROM fact").fetchone() == (7,)
    drop_database(copy)
    drop_database(template)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(copy)


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_starts_with_an_empty_redis(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0, turn
        client.set("left", "behind")
