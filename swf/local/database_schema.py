"""The tables of the database of a service, their rows, and the checksums of the rows."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

FORMAT = 4
"""The version of the tables."""

Record = Any
"""A JSON value."""

SCHEMA = """
    CREATE TABLE tenant (
        id INTEGER PRIMARY KEY, access_key TEXT NOT NULL, region TEXT NOT NULL,
        UNIQUE (access_key, region)
    );
    CREATE TABLE head (
        generation INTEGER NOT NULL, rows INTEGER NOT NULL, log INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    );
    INSERT INTO head VALUES (0, 0, 0, 1342640443);
    CREATE TABLE state (
        number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenant (id),
        records BLOB NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE log (
        number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenant (id),
        records BLOB NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE closed (
        number INTEGER PRIMARY KEY, generation INTEGER NOT NULL,
        tenant INTEGER NOT NULL REFERENCES tenant (id), run_id TEXT NOT NULL,
        record BLOB NOT NULL, chunks INTEGER NOT NULL, checksum INTEGER NOT NULL,
        UNIQUE (tenant, run_id)
    );
    CREATE INDEX closed_generation ON closed (generation);
    CREATE TABLE chunk (
        closed INTEGER NOT NULL REFERENCES closed (number), part INTEGER NOT NULL,
        data BLOB NOT NULL, checksum INTEGER NOT NULL, UNIQUE (closed, part)
    );
    CREATE TABLE reserve (room BLOB);
"""


class TenantKey(NamedTuple):
    """The access key and region that identify a tenant."""

    access_key: str
    region: str


class Entry(NamedTuple):
    """The records that one request made for one tenant."""

    tenant: TenantKey
    records: list[Record]


class ClosedRun(NamedTuple):
    """A closed execution to store: its record and the chunks of its history."""

    tenant: TenantKey
    run_id: str
    record: list[Record]
    chunks: Sequence[bytes]


def encode_records(records: Any) -> bytes:
    """Return the records of a row as JSON."""
    return _ENCODER.encode(records).encode()


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def row_checksum(number: int, data: bytes, tenant: TenantKey) -> int:
    """Return the checksum of a row.

    :param number: the number of the row.
    :param data: its records as JSON.
    """
    return zlib.crc32(data, zlib.crc32(f"{number} {tenant.access_key} {tenant.region}".encode()))


def chunk_checksum(number: int, part: int, data: bytes) -> int:
    """Return the checksum of a part of the history of a closed execution.

    :param number: the row of the execution.
    """
    return zlib.crc32(data, zlib.crc32(b"%d %d" % (number, part)))


def head_checksum(generation: int, rows: int, log: int) -> int:
    """Return the checksum of the head.

    :param generation: the generation of the state.
    :param rows: the number of its rows.
    :param log: the last row of the log that it replaces.
    """
    return zlib.crc32(b"%d %d %d" % (generation, rows, log))
