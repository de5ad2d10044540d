"""Store the records of a service in a SQLite file.

The file is a log: a row contains the records of one request, in order, and is written in one
transaction before the response is sent. Applying all records again gives the same states; the store
does not interpret them. Rows are numbered without gaps and have checksums, because SQLite verifies
its pages but not their content.

The database is in WAL mode and not synced at each commit: acknowledged records survive the death of
the process at any point; a crash of the machine can lose the last moments, but never the file. One
process can open the file at a time.
"""

from __future__ import annotations

import ctypes
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple
from weakref import WeakSet

APPLICATION_ID = int.from_bytes(b"SWFl", "big")
"""The application id in the header of the file."""
FORMAT = 2
ROW = 500
"""Records in each row of a compacted log."""
RESERVE = 65_536
"""Bytes that `reserve` adds to the size of a failed transaction."""

Record = Any
"""A JSON value."""

SCHEMA = f"""
    BEGIN EXCLUSIVE;
    CREATE TABLE tenant (
        id INTEGER PRIMARY KEY, access_key TEXT NOT NULL, region TEXT NOT NULL,
        UNIQUE (access_key, region)
    );
    CREATE TABLE log (
        number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenant (id),
        records BLOB NOT NULL, checksum INTEGER NOT NULL
    );
    CREATE TABLE reserve (room BLOB);
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {FORMAT};
    COMMIT;
"""


class StoreError(Exception):
    """A database cannot be used; the message contains the file and the reason."""


class StoreInUseError(StoreError):
    """Another service uses the database."""


class TenantKey(NamedTuple):
    """The access key and region that identify a tenant."""

    access_key: str
    region: str


class Entry(NamedTuple):
    """The records that one request made for one tenant."""

    tenant: TenantKey
    records: list[Record]


class RecordStore:
    """The log of a service.

    :param path: the file; created if it does not exist.
    :raises StoreError: if the file is damaged, read-only, in use, in another format, or not such a
        log.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.size = 0
        """Records in the log."""
        self._rows = 0
        self._tenants: dict[TenantKey, int] = {}
        self._written = 0
        self._largest_failure = 0
        if os.path.exists(self.path) and not os.access(self.path, os.W_OK):
            raise StoreError(f"{self.path} is read-only: the service must be able to write to it")
        try:
            self._database = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        try:
            self._open()
        except BaseException as error:
            self._database.close()
            if isinstance(error, sqlite3.Error):
                raise self._refusal(error) from error
            raise
        _open_stores.add(self)

    def entries(self) -> Iterator[Entry]:
        """Yield all entries of the log, in order.

        :raises StoreError: if a row is damaged.
        """
        tenants = {
            number: TenantKey(access_key, region)
            for number, access_key, region in self._database.execute("SELECT * FROM tenant")
        }
        self._tenants = {key: number for number, key in tenants.items()}
        self.size = self._rows = 0
        rows = self._database.execute("SELECT number, tenant, records, checksum FROM log")
        for number, tenant, data, checksum in rows:
            if number != self._rows + 1 or tenant not in tenants or checksum != _sum(number, data):
                raise self.damage(f"row {self._rows + 1} of its log")
            records = json.loads(data)
            self._rows = number
            self.size += len(records)
            yield Entry(tenants[tenant], records)

    def append(self, entries: Iterable[Entry]) -> None:
        """Append entries in one transaction.

        :raises StoreError: if they cannot be written.
        """
        self._write([entry for entry in entries if entry.records], replace=False)

    def replace(self, tenants: Mapping[TenantKey, Iterable[Record]]) -> None:
        """Replace the whole log in one transaction.

        :param tenants: the records of each tenant.
        :raises StoreError: if they cannot be written.
        """
        entries = (
            Entry(key, chunk) for key, records in tenants.items() for chunk in _chunks(records)
        )
        self._write(entries, replace=True)

    def reserve(self) -> None:
        """Make room for the largest failed transaction, and some more.

        :raises StoreError: if there is none; then `append` would fail too.
        """
        with self._transaction():
            self._database.execute("DELETE FROM reserve")
            room = bytes(RESERVE + self._largest_failure)
            self._database.execute("INSERT INTO reserve VALUES (?)", (room,))
        with self._transaction():
            self._database.execute("DELETE FROM reserve")
        self._largest_failure = 0

    def damage(self, reason: str) -> StoreError:
        """Return the error for a damaged file."""
        return StoreError(f"{self.path} is damaged: {reason}")

    def close(self) -> None:
        """Close the file."""
        _open_stores.discard(self)
        self._database.close()

    def abandon(self) -> None:
        """Give up the file in a forked process, without closing it.

        SQLite believes that the copy owns the locks of the parent: closing the database would
        delete the WAL with the parent's records. So the connection is never deallocated.
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._database))

    def _open(self) -> None:
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        if self._pragma("application_id") != APPLICATION_ID:
            if self._database.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                raise StoreError(f"{self.path} is not a database of swf.local")
            self._database.executescript(SCHEMA)
        if (version := self._pragma("user_version")) != FORMAT:
            raise StoreError(f"{self.path} has format {version}: this version reads {FORMAT}")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        # Acquires the lock, which the locking mode then holds.
        self._database.executescript("BEGIN EXCLUSIVE; COMMIT")
        if (problem := self._pragma("quick_check")) != "ok":
            raise self.damage(problem)

    def _pragma(self, name: str) -> Any:
        return self._database.execute(f"PRAGMA {name}").fetchone()[0]

    def _write(self, entries: Iterable[Entry], *, replace: bool) -> None:
        size, rows, tenants, count = self.size, self._rows, self._tenants, len(self._tenants)
        self._written = 0
        try:
            with self._transaction():
                if replace:
                    self._database.execute("DELETE FROM log")
                    self._database.execute("DELETE FROM tenant")
                    self.size, self._rows, self._tenants = 0, 0, {}
                for entry in entries:
                    self._insert(entry)
        except BaseException:
            self.size, self._rows = size, rows
            self._tenants = {key: number for key, number in tenants.items() if number <= count}
            if not replace:
                self._largest_failure = max(self._largest_failure, self._written)
            raise

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        database = self._database
        try:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("COMMIT")
        except BaseException as error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._refusal(error) from error
            raise

    def _insert(self, entry: Entry) -> None:
        data = json.dumps(entry.records, separators=(",", ":")).encode()
        self._written += len(data)
        self._rows += 1
        self.size += len(entry.records)
        self._database.execute(
            "INSERT INTO log VALUES (?, ?, ?, ?)",
            (self._rows, self._tenant(entry), data, _sum(self._rows, data)),
        )

    def _tenant(self, entry: Entry) -> int:
        number = self._tenants.get(entry.tenant)
        if number is None:
            number = self._tenants[entry.tenant] = len(self._tenants) + 1
            self._database.execute("INSERT INTO tenant VALUES (?, ?, ?)", (number, *entry.tenant))
        return number

    def _refusal(self, error: sqlite3.Error) -> StoreError:
        if "locked" in str(error):
            return StoreInUseError(f"{self.path} is in use by another service")
        return StoreError(f"{self.path} cannot be used: {error}")


_open_stores: WeakSet[RecordStore] = WeakSet()


def _abandon_stores() -> None:
    for store in list(_open_stores):
        store.abandon()


os.register_at_fork(after_in_child=_abandon_stores)


def _sum(number: int, data: bytes) -> int:
    """Return the checksum of a row, which depends on its number."""
    return zlib.crc32(data, number)


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, ROW)):
        yield chunk
