"""Store the records of a service in a SQLite file.

The file holds a state and a log. A row of the log contains the records of one request, in order,
and is written in one transaction before the response is sent. Applying the records of the state and
then those of the log results in the state; the store does not interpret them. Rows are numbered
without gaps and have checksums, because SQLite verifies its pages but not their content. The
checksum of a row includes its number and its tenant.

A compaction replaces the state and the beginning of the log by a new generation of the state, in
many small transactions between those of requests. The rows of a new generation count once
`commit` has written its number to the table `head`; rows that do not count are garbage, which a
compaction leaves behind if the process dies, and which is deleted later.

Closed executions are stored apart: their rows are written once, by the first compaction after their
close, and stay for all generations. Their histories stay in the file until they are read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from swf.local.database import Database, StoreError, StoreInUseError
from swf.local.database_schema import (
    FORMAT,
    SCHEMA,
    ClosedRun,
    Entry,
    Record,
    TenantKey,
    chunk_checksum,
    encode_records,
    head_checksum,
    row_checksum,
)

__all__ = [
    "ClosedRun",
    "Entry",
    "RecordStore",
    "StoreError",
    "StoreInUseError",
    "TenantKey",
]

ROW = 500
"""Records in each row of a state."""
RESERVE = 65_536
"""Bytes that `reserve` adds to the size of a failed transaction."""
GARBAGE = 50
"""Rows of garbage that one transaction deletes."""
GENERATION = 1 << 32
"""The rows of generation n are numbered from n times this number."""
MAX_ROW = (1 << 63) - 1


class LogPosition(NamedTuple):
    """The end of the log when a compaction began."""

    generation: int
    """The generation that the compaction writes."""
    row: int
    """The last row of the log, which the compaction replaces as all rows before it."""
    size: int
    """The records in these rows."""


class StoredChunks(Sequence[bytes]):
    """The chunks of the history of a closed execution; each is read when it is needed."""

    __slots__ = ("_count", "_number", "_store")

    def __init__(self, store: RecordStore, number: int, count: int) -> None:
        self._store = store
        self._number = number
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: Any) -> Any:
        return self._store.chunk(self._number, part)


class RecordStore:
    """The state and the log of a service.

    :param path: the file; created if it does not exist.
    :raises StoreError: if the file is damaged, read-only, in use, in another format, or not such a
        log.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._database = Database(path, SCHEMA, FORMAT)
        self.path = self._database.path
        self.state_size = 0
        """Records in the state, without those of closed executions."""
        self.log_size = 0
        """Records in the log."""
        self._generation = 0
        self._last_row = 0
        self._tenants: dict[TenantKey, int] = {}
        self._written = 0
        self._largest_failure = 0

    # -- Reading ---------------------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        """Yield the entries of the state, of the closed executions and of the log, in order.

        The record of a closed execution ends with the chunks of its history.

        :raises StoreError: if a row is damaged.
        """
        with self._database.lock:
            yield from self._entries()

    def _entries(self) -> Iterator[Entry]:
        tenants = {
            number: TenantKey(access_key, region)
            for number, access_key, region in self._database.read("SELECT * FROM tenant")
        }
        self._tenants = {key: number for number, key in tenants.items()}
        self._generation, missing, self._last_row = self._head()
        self.state_size = self.log_size = 0
        first = self._generation * GENERATION
        for _, entry in self._rows("state", first, first + GENERATION - 1, tenants):
            missing -= 1
            self.state_size += len(entry.records)
            yield entry
        if missing:
            raise self.damage(f"{missing} rows of its state are missing")
        yield from self._closed_runs(tenants)
        for number, entry in self._rows("log", self._last_row, MAX_ROW, tenants):
            self._last_row = number
            self.log_size += len(entry.records)
            yield entry

    def _head(self) -> tuple[int, int, int]:
        """Return the generation, the number of its rows, and the last row of the log before it."""
        heads = self._database.read("SELECT generation, rows, log, checksum FROM head")
        if len(heads) != 1 or heads[0][-1] != head_checksum(*heads[0][:-1]):
            raise self.damage("its head")
        generation, rows, log, _ = heads[0]
        return generation, rows, log

    def _rows(
        self, table: str, last: int, end: int, tenants: Mapping[int, TenantKey]
    ) -> Iterator[tuple[int, Entry]]:
        """Yield the rows of a table with their numbers, which must follow `last` without a gap."""
        rows = self._database.execute(
            f"SELECT number, tenant, records, checksum FROM {table} "  # noqa: S608 (a constant)
            "WHERE number > ? AND number <= ? ORDER BY number",
            (last, end),
        )
        for number, tenant, data, checksum in rows:
            last += 1
            key = tenants.get(tenant)
            if number != last or key is None or checksum != row_checksum(number, data, key):
                raise self.damage(f"row {last} of its {table}")
            yield number, Entry(key, json.loads(data))

    def _closed_runs(self, tenants: Mapping[int, TenantKey]) -> Iterator[Entry]:
        rows = self._database.execute(
            "SELECT number, tenant, record, chunks, checksum FROM closed WHERE generation <= ? "
            "ORDER BY number",
            (self._generation,),
        )
        for number, tenant, data, chunks, checksum in rows:
            key = tenants.get(tenant)
            if key is None or checksum != row_checksum(number, data, key):
                raise self.damage(f"row {number} of its closed executions")
            stored = StoredChunks(self, number, chunks)
            yield Entry(key, [[*json.loads(data), stored]])

    def chunk(self, number: int, part: int) -> bytes:
        """Return a part of the history of a closed execution.

        :param number: the row of the execution.
        :raises StoreError: if it is missing or damaged.
        """
        rows = self._database.read(
            "SELECT data, checksum FROM chunk WHERE closed = ? AND part = ?", (number, part)
        )
        if not rows or rows[0][1] != chunk_checksum(number, part, rows[0][0]):
            raise self.damage(f"part {part} of the history of closed execution {number}")
        data: bytes = rows[0][0]
        return data

    # -- Requests --------------------------------------------------------------------------------

    def append(
        self, entries: Iterable[Entry], purged: Iterable[tuple[TenantKey, str]] = ()
    ) -> None:
        """Append entries to the log in one transaction.

        :param purged: tenant and run id of the closed executions to delete.
        :raises StoreError: if they cannot be written.
        """
        size, row, tenant_count = self.log_size, self._last_row, len(self._tenants)
        self._written = 0
        try:
            with self._database.transaction():
                for entry in entries:
                    if entry.records:
                        self._last_row += 1
                        self.log_size += len(entry.records)
                        self._insert("log", self._last_row, entry)
                for tenant, run_id in purged:
                    self._delete_closed(tenant, run_id)
        except BaseException:
            self.log_size, self._last_row = size, row
            self._forget_tenants(tenant_count)
            self._largest_failure = max(self._largest_failure, self._written)
            raise

    def replace(self, tenants: Mapping[TenantKey, Iterable[Record]]) -> None:
        """Replace everything in one transaction.

        :param tenants: the records of each tenant.
        :raises StoreError: if they cannot be written.
        """
        generation, rows, size = self._generation + 1, 0, 0
        tenants_before = self._tenants
        try:
            with self._database.transaction():
                for table in ("log", "state", "closed", "chunk", "tenant"):
                    self._database.execute(f"DELETE FROM {table}")  # noqa: S608 (a constant)
                self._tenants = {}
                for rows, entry in enumerate(_rows_of(tenants.items()), 1):
                    size += len(entry.records)
                    self._insert("state", generation * GENERATION + rows, entry)
                self._write_head(generation, rows, self._last_row)
        except BaseException:
            self._tenants = tenants_before
            raise
        self._generation, self.state_size, self.log_size = generation, size, 0

    def reserve(self) -> None:
        """Check that the file can grow by more than the largest failed transaction.

        :raises StoreError: if it cannot; then `append` would fail too.
        """
        with self._database.transaction():
            self._database.execute("DELETE FROM reserve")
            room = bytes(RESERVE + self._largest_failure)
            self._database.execute("INSERT INTO reserve VALUES (?)", (room,))
        with self._database.transaction():
            self._database.execute("DELETE FROM reserve")
        self._largest_failure = 0

    # -- A new generation ------------------------------------------------------------------------

    @property
    def position(self) -> LogPosition:
        """The position at which a compaction of the current state begins."""
        return LogPosition(self._generation + 1, self._last_row, self.log_size)

    def write_state(self, generation: int, row: int, entry: Entry) -> None:
        """Write a row of a new generation.

        :param row: its number in that generation, from 1.
        """
        with self._database.transaction():
            self._insert("state", generation * GENERATION + row, entry)

    def write_closed(self, generation: int, runs: Iterable[ClosedRun]) -> list[StoredChunks]:
        """Write closed executions of a new generation; return where their histories are.

        :param runs: read within the transaction.
        """
        stored = []
        with self._database.transaction():
            for run in runs:
                rows = self._database.execute("SELECT coalesce(max(number), 0) + 1 FROM closed")
                number: int = rows.fetchone()[0]
                data = encode_records(run.record)
                tenant, count = self._tenant(run.tenant), len(run.chunks)
                self._database.execute(
                    "INSERT INTO closed VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        number,
                        generation,
                        tenant,
                        run.run_id,
                        data,
                        count,
                        row_checksum(number, data, run.tenant),
                    ),
                )
                for part, chunk in enumerate(run.chunks):
                    self._database.execute(
                        "INSERT INTO chunk VALUES (?, ?, ?, ?)",
                        (number, part, chunk, chunk_checksum(number, part, chunk)),
                    )
                stored.append(StoredChunks(self, number, count))
        return stored

    def commit(self, position: LogPosition, rows: int, size: int) -> None:
        """Make a new generation the state, in place of the log up to its position.

        :param position: `position` when the generation was begun.
        :param rows: the rows of the generation.
        :param size: the records of the generation.
        """
        with self._database.transaction():
            self._write_head(position.generation, rows, position.row)
        self._generation, self.state_size = position.generation, size
        self.log_size -= position.size

    def delete_garbage(self) -> bool:
        """Delete some rows that do not count; return whether there may be more."""
        generation = self._generation
        first = generation * GENERATION
        garbage = (
            ("log", "number <= (SELECT log FROM head)", ()),
            ("state", "number < ? OR number >= ?", (first, first + GENERATION)),
            (
                "chunk",
                "closed IN (SELECT number FROM closed WHERE generation > ?)",
                (generation,),
            ),
            ("closed", "generation > ?", (generation,)),
        )
        with self._database.transaction():
            for table, condition, values in garbage:
                rows = self._database.execute(
                    f"DELETE FROM {table} WHERE rowid IN "  # noqa: S608 (constants)
                    f"(SELECT rowid FROM {table} WHERE {condition} LIMIT {GARBAGE})",
                    values,
                )
                if rows.rowcount:
                    return True
        return False

    # -- The file --------------------------------------------------------------------------------

    def damage(self, reason: str) -> StoreError:
        """Return the error for a damaged file."""
        return self._database.damage(reason)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _insert(self, table: str, number: int, entry: Entry) -> None:
        data = encode_records(entry.records)
        self._written += len(data)
        self._database.execute(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?)",  # noqa: S608 (a constant)
            (number, self._tenant(entry.tenant), data, row_checksum(number, data, entry.tenant)),
        )

    def _write_head(self, generation: int, rows: int, log: int) -> None:
        self._database.execute(
            "UPDATE head SET generation = ?, rows = ?, log = ?, checksum = ?",
            (generation, rows, log, head_checksum(generation, rows, log)),
        )

    def _delete_closed(self, tenant: TenantKey, run_id: str) -> None:
        rows = self._database.execute(
            "SELECT number FROM closed WHERE tenant = ? AND run_id = ?",
            (self._tenant(tenant), run_id),
        )
        for row in rows.fetchall():
            self._database.execute("DELETE FROM chunk WHERE closed = ?", row)
            self._database.execute("DELETE FROM closed WHERE number = ?", row)

    def _tenant(self, key: TenantKey) -> int:
        number = self._tenants.get(key)
        if number is None:
            number = self._tenants[key] = len(self._tenants) + 1
            self._database.execute("INSERT INTO tenant VALUES (?, ?, ?)", (number, *key))
        return number

    def _forget_tenants(self, count: int) -> None:
        """Forget the tenants that a failed transaction added to the first `count` ones."""
        self._tenants = {key: number for key, number in self._tenants.items() if number <= count}


def _rows_of(tenants: Iterable[tuple[TenantKey, Iterable[Record]]]) -> Iterator[Entry]:
    """Yield the rows of a state."""
    for key, records in tenants:
        iterator = iter(records)
        while chunk := list(islice(iterator, ROW)):
            yield Entry(key, chunk)
