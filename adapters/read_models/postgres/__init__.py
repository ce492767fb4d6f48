"""Read models in PostgreSQL. Every class takes the schema, so that versions can stand side by
side."""

from adapters.read_models.postgres.lease import held_lease
from adapters.read_models.postgres.migrating import SCHEMA, EditedMigration, migrate
from adapters.read_models.postgres.pool import open_pool
from adapters.read_models.postgres.queries import PostgresQueries
from adapters.read_models.postgres.store import PostgresReadModels
from adapters.read_models.postgres.waits import PostgresWaits
from adapters.read_models.postgres.work_list import PostgresWorkList

__all__ = [
    "SCHEMA",
    "EditedMigration",
    "PostgresQueries",
    "PostgresReadModels",
    "PostgresWaits",
    "PostgresWorkList",
    "held_lease",
    "migrate",
    "open_pool",
]
