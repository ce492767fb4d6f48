"""Arrays of PostgreSQL in its binary format, each packed in one go.

psycopg packs them element by element, which costs as much CPU as everything else of an append.
`python -m tests.event_store.measure kernels` compares both.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

# Oids of the element and of its array; they are the same in every PostgreSQL.
_TEXT: Final = (25, 1009)
_BYTEA: Final = (17, 1001)
_INT8: Final = (20, 1016)
_UUID: Final = (2950, 2951)

_HEAD: Final = struct.Struct("!iiIii").pack  # dimensions, has nulls, element, length, first index
_LENGTH: Final = struct.Struct("!i").pack
_INT8_ITEM: Final = struct.Struct("!iq").pack
_UUID_LENGTH: Final = _LENGTH(16)


class Array(bytes):
    """Ready to be sent, as a parameter of a connection on which `register` was called."""

    oid: ClassVar[int]


class ByteaArray(Array):
    oid = _BYTEA[1]

    @classmethod
    def of(cls, items: Sequence[bytes]) -> ByteaArray:
        return cls(_head(_BYTEA, items) + _with_lengths(items))


class TextArray(Array):
    oid = _TEXT[1]

    @classmethod
    def of(cls, items: Sequence[str]) -> TextArray:
        return cls(_head(_TEXT, items) + _with_lengths([one.encode() for one in items]))


class Int8Array(Array):
    oid = _INT8[1]

    @classmethod
    def of(cls, items: Sequence[int]) -> Int8Array:
        return cls(_head(_INT8, items) + b"".join([_INT8_ITEM(8, one) for one in items]))


class UuidArray(Array):
    oid = _UUID[1]

    @classmethod
    def of(cls, items: Sequence[UUID]) -> UuidArray:
        return cls(_head(_UUID, items) + b"".join([_UUID_LENGTH + one.bytes for one in items]))


def register(connection: psycopg.Connection[Any]) -> None:
    """So that these arrays can be parameters of its statements."""
    for kind in (ByteaArray, TextArray, Int8Array, UuidArray):
        dumper = type(f"{kind.__name__}Dumper", (_AsItIs,), {"oid": kind.oid})
        connection.adapters.register_dumper(kind, dumper)


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> Array:
        return obj


def _head(element: tuple[int, int], items: Sequence[object]) -> bytes:
    return _HEAD(1 if items else 0, 0, element[0], len(items), 1)[: 20 if items else 12]


def _with_lengths(items: Sequence[bytes]) -> bytes:
    parts: list[bytes] = []
    for one in items:
        parts.append(_LENGTH(len(one)))
        parts.append(one)
    return b"".join(parts)
