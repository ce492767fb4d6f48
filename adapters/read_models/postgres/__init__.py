"""Read models in PostgreSQL. Every class takes a schema or what finds it, so that versions can
stand side by side."""

from adapters.read_models.postgres.home import ReadModels, open_home
from adapters.read_models.postgres.leases import PostgresLeases
from adapters.read_models.postgres.migrating import EditedMigration, migrate, prepare
from adapters.read_models.postgres.pool import open_pool
from adapters.read_models.postgres.queries import PostgresQueries
from adapters.read_models.postgres.schema import always
from adapters.read_models.postgres.store import PostgresReadModels
from adapters.read_models.postgres.versions import PostgresVersions
from adapters.read_models.postgres.waits import PostgresWaits
from adapters.read_models.postgres.work_list import PostgresWorkList

__all__ = [
    "EditedMigration",
    "PostgresLeases",
    "PostgresQueries",
    "PostgresReadModels",
    "PostgresVersions",
    "PostgresWaits",
    "PostgresWorkList",
    "ReadModels",
    "always",
    "migrate",
    "open_home",
    "open_pool",
    "prepare",
]
