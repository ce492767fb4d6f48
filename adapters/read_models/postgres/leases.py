"""Leases as rows, whose ends are by the server's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, LiteralString

from adapters.read_models.postgres.pool import Pool, spoken
from projections.leases import LEASE_S

# One that ends later than any can was given before the server's clock was set back.
_TAKE: Final = """
INSERT INTO read_models.lease AS l (schema, projection, holder, ends_at)
VALUES (%(schema)s, %(projection)s, %(holder)s, clock_timestamp() + %(lease)s)
ON CONFLICT (schema, projection) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
WHERE NOT (clock_timestamp() < l.ends_at AND l.ends_at <= clock_timestamp() + %(lease)s)
"""
_RENEW: Final = """
UPDATE read_models.lease SET ends_at = clock_timestamp() + %(lease)s
WHERE schema = %(schema)s AND projection = %(projection)s AND holder = %(holder)s
"""
_GIVE_BACK: Final = """
DELETE FROM read_models.lease
WHERE schema = %(schema)s AND projection = %(projection)s AND holder = %(holder)s
"""


class PostgresLeases:
    """A projections.leases.Leases of the projections in `schema`."""

    def __init__(self, pool: Pool, *, schema: str) -> None:
        self._pool, self._schema = pool, schema

    async def take(self, projection: str, holder: str) -> bool:
        return await self._changes(_TAKE, projection, holder)

    async def renew(self, projection: str, holder: str) -> bool:
        return await self._changes(_RENEW, projection, holder)

    async def give_back(self, projection: str, holder: str) -> None:
        await self._changes(_GIVE_BACK, projection, holder)

    async def _changes(self, statement: LiteralString, projection: str, holder: str) -> bool:
        asked = {
            "schema": self._schema,
            "projection": projection,
            "holder": holder,
            "lease": timedelta(seconds=LEASE_S),
        }
        with spoken():
            async with self._pool.connection() as connection:
                done = await connection.execute(statement, asked)
                return done.rowcount == 1
