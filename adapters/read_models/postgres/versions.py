"""The versions of the read models in one database: which there are, and the switch from one to the
next.

The switch is one transaction. While it looks whether the new version shows as much as the old one,
the old one's checkpoints are held, for HELD_S_MAX at most, so that there is a moment to compare.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from adapters.read_models.postgres.dropping import drop_unused
from adapters.read_models.postgres.pool import Connection, Pool, spoken
from adapters.read_models.postgres.schema import VERSIONS
from domain.log import Position
from projections.ports import Log
from projections.recovery.table import RECOVERY, WORKERS_OWN
from projections.switching import shows_all
from projections.versions import (
    HeldBack,
    NotCaughtUp,
    Switched,
    Version,
    has_caught_up,
    schema_name,
)

HELD_S_MAX: Final = 0.2  # readers who wait for a position do not notice
LOOK_AGAIN_S: Final = 0.01

# A process that is frozen in the midst of it holds up nobody for longer.
_BOUNDED: Final = "SET LOCAL idle_in_transaction_session_timeout TO '1s'"
_KNOWN: Final = "SELECT number, serves, caught_up_at IS NOT NULL FROM {versions} ORDER BY number"
_ONE_AT_A_TIME: Final = "SELECT FROM {versions} ORDER BY number FOR UPDATE NOWAIT"
_POSITIONS: Final = "SELECT projection, position FROM {checkpoint}"
_HOLD: Final = "SELECT projection, position FROM {checkpoint} FOR UPDATE"
_NEWLY_PARKED: Final = """
SELECT n.projection, n.stream, n.reason FROM {new_parked} AS n
WHERE NOT EXISTS (
    SELECT FROM {old_parked} AS o WHERE o.projection = n.projection AND o.stream = n.stream
) ORDER BY n.position LIMIT 1
"""
# The runner takes its checkpoint before its rows: who holds the one meets nobody at the others.
_HOLD_ROWS: Final = "SELECT FROM {checkpoint} WHERE projection = %s FOR UPDATE"
_STAY_PUT_OFF: Final = """
UPDATE {new_rows} AS n SET {taken} FROM {old_rows} AS o
WHERE o.stream = n.stream AND o.revision = n.revision AND ({new}) IS DISTINCT FROM ({old})
"""
_CAUGHT_UP: Final = "UPDATE {versions} SET caught_up_at = now() WHERE number = %s"
_NO_LONGER: Final = "UPDATE {versions} SET serves = false, served_until = now() WHERE number = %s"
_FROM_NOW: Final = "UPDATE {versions} SET serves = true, served_until = NULL WHERE number = %s"


class PostgresVersions:
    """A projections.ports.Versions."""

    def __init__(self, pool: Pool, *, own: int, projections: Collection[str]) -> None:
        self._pool, self._own, self._projections = pool, own, projections
        self._seen: Mapping[str, Position] | None = None  # of the old one, when last looked at

    @property
    def own(self) -> int:
        return self._own

    async def known(self) -> Sequence[Version]:
        with spoken():
            async with self._pool.connection() as connection:
                return await _known(connection)

    async def catch_up(self, log: Log) -> Switched | None:
        known = {one.number: one for one in await self.known()}
        own = known.get(self._own)
        serving = next((one.number for one in known.values() if one.serves), None)
        if own is None or serving is None or own.caught_up:
            return None
        await self._is_near(serving, log)
        try:
            with spoken():
                async with self._pool.connection() as connection, connection.transaction():
                    return await self._switch(connection, serving, log)
        except _Busy:
            raise NotCaughtUp("another process is looking whether it has caught up") from None

    async def drop_unused(self) -> Sequence[int]:
        with spoken():
            async with self._pool.connection() as connection:
                return await drop_unused(connection)

    async def _is_near(self, serving: int, log: Log) -> None:
        """Holds nobody up before the new version is where the old one was at the last look."""
        with spoken():
            async with self._pool.connection() as connection:
                old = await _positions(connection, _POSITIONS, serving)
                new = await _positions(connection, _POSITIONS, self._own)
        seen, self._seen = self._seen, old
        if seen is None or not await shows_all(new, seen, self._projections, log):
            raise NotCaughtUp(
                f"{schema_name(self._own)} is at {new}, the one that is read at {old}"
            )

    async def _switch(self, connection: Connection, serving: int, log: Log) -> Switched | None:
        await connection.execute(_BOUNDED)
        try:
            await connection.execute(_filled(_ONE_AT_A_TIME))
        except psycopg.errors.LockNotAvailable as busy:
            raise _Busy from busy
        for one in await _known(connection):
            if (one.number == self._own and one.caught_up) or one.serves != (one.number == serving):
                return None  # somebody else was faster
        await self._hold(connection, serving, log)
        await self._nothing_newly_parked(connection, serving)
        await connection.execute(_filled(_CAUGHT_UP), (self._own,))
        if serving > self._own:
            return None
        await _stay_put_off(connection, serving, self._own)
        await connection.execute(_filled(_NO_LONGER), (serving,))
        await connection.execute(_filled(_FROM_NOW), (self._own,))
        return Switched(before=serving, after=self._own)

    async def _hold(self, connection: Connection, serving: int, log: Log) -> None:
        """The old version stands still until the end of the transaction, and the new one is there.
        Raises NotCaughtUp."""
        old = await _positions(connection, _HOLD, serving)
        for _ in range(round(HELD_S_MAX / LOOK_AGAIN_S)):
            new = await _positions(connection, _POSITIONS, self._own)
            if has_caught_up(new, old, self._projections):
                return
            await asyncio.sleep(LOOK_AGAIN_S)
        new = await _positions(connection, _POSITIONS, self._own)
        if not await shows_all(new, old, self._projections, log):
            raise NotCaughtUp(f"{schema_name(self._own)} is a moment behind")

    async def _nothing_newly_parked(self, connection: Connection, serving: int) -> None:
        """Rows that the old version shows would stand still in the new one. Raises HeldBack."""
        statement = sql.SQL(_NEWLY_PARKED).format(
            new_parked=_table(self._own, "projection_parked"),
            old_parked=_table(serving, "projection_parked"),
        )
        found = await (await connection.execute(statement)).fetchone()
        if found is not None:
            projection, stream, reason = found
            raise HeldBack(
                f"{projection} of {schema_name(self._own)} has parked {stream}, which"
                f" {schema_name(serving)} shows: {reason}"
            )


class _Busy(Exception):
    """Another process is switching."""


async def _known(connection: Connection) -> list[Version]:
    found = await connection.execute(_filled(_KNOWN))
    return [
        Version(number=number, serves=serves, caught_up=caught_up)
        for number, serves, caught_up in await found.fetchall()
    ]


async def _positions(
    connection: Connection, statement: LiteralString, number: int
) -> dict[str, Position]:
    checkpoint = _table(number, "projection_checkpoint")
    found = await connection.execute(sql.SQL(statement).format(checkpoint=checkpoint))
    return dict(await found.fetchall())


async def _stay_put_off(connection: Connection, old: int, new: int) -> None:
    """What a worker put off is no fold: it goes from the old rows to the new ones."""
    checkpoint = _table(new, "projection_checkpoint")
    hold = sql.SQL(_HOLD_ROWS).format(checkpoint=checkpoint)
    await connection.execute(hold, (RECOVERY.name,))
    names = [sql.Identifier(one) for one in WORKERS_OWN]
    statement = sql.SQL(_STAY_PUT_OFF).format(
        new_rows=_table(new, RECOVERY.name),
        old_rows=_table(old, RECOVERY.name),
        taken=_listed("{0} = o.{0}", names),
        new=_listed("n.{0}", names),
        old=_listed("o.{0}", names),
    )
    await connection.execute(statement)


def _listed(each: LiteralString, names: Sequence[sql.Identifier]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(each).format(name) for name in names)


def _filled(statement: LiteralString) -> sql.Composed:
    return sql.SQL(statement).format(versions=VERSIONS)


def _table(number: int, name: str) -> sql.Identifier:
    return sql.Identifier(schema_name(number), name)
