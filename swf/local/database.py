"""One SQLite file that only this process uses, for the threads of a service.

The database is in WAL mode and not synced at each commit: committed transactions survive the death
of the process at any point; a crash of the machine can lose the last moments, but never the file.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

APPLICATION_ID = int.from_bytes(b"SWFl", "big")
"""The application id in the header of the file."""


class StoreError(Exception):
    """A database cannot be used; the message contains the file and the reason."""


class StoreInUseError(StoreError):
    """Another service uses the database."""


class Database:
    """A file with one connection; each transaction belongs to one thread.

    :param path: the file; created if it does not exist.
    :param schema: the statements that create the tables of a new file.
    :param version: the format of the file; others are refused.
    :raises StoreError: if the file is damaged, read-only, in use, in another format, or belongs to
        another program.
    """

    def __init__(self, path: str | os.PathLike[str], schema: str, version: int) -> None:
        self.path = os.fspath(path)
        self.lock = threading.RLock()
        """Held by each transaction, and while rows are read one by one."""
        if os.path.exists(self.path) and not os.access(self.path, os.W_OK):
            raise StoreError(f"{self.path} is read-only: the service must be able to write to it")
        try:
            self._connection = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        try:
            self._open(schema, version)
        except BaseException as error:
            self._connection.close()
            if isinstance(error, sqlite3.Error):
                raise self._refusal(error) from error
            raise
        _open_databases.add(self)

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Run a statement, within a transaction or alone."""
        return self._connection.execute(statement, values)

    def read(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Return the rows of a query.

        :raises StoreError: if the file cannot be read.
        """
        with self.lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise self._refusal(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Return a context manager that commits at its end, or rolls back and raises.

        :raises StoreError: if the file cannot be written.
        """
        with self.lock:
            try:
                self.execute("BEGIN IMMEDIATE")
                yield
                self.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._refusal(error) from error
                raise

    def damage(self, reason: str) -> StoreError:
        """Return the error for a damaged file."""
        return StoreError(f"{self.path} is damaged: {reason}")

    def close(self) -> None:
        """Close the file."""
        _open_databases.discard(self)
        with self.lock:
            self._connection.close()

    def abandon(self) -> None:
        """Give up the file in a forked process, without closing it.

        SQLite believes that the copy owns the locks of the parent: closing the database would
        delete the WAL with the parent's records. So the connection is never deallocated.
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))

    def _open(self, schema: str, version: int) -> None:
        self.execute("PRAGMA locking_mode = EXCLUSIVE")
        if self._pragma("application_id") != APPLICATION_ID:
            if self.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                raise StoreError(f"{self.path} is not a database of swf.local")
            self._connection.executescript(
                f"BEGIN EXCLUSIVE; {schema} PRAGMA application_id = {APPLICATION_ID}; "
                f"PRAGMA user_version = {version}; COMMIT;"
            )
        if (other := self._pragma("user_version")) != version:
            raise StoreError(f"{self.path} has format {other}: this version reads {version}")
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = NORMAL")
        # Acquires the lock, which the locking mode then holds.
        self._connection.executescript("BEGIN EXCLUSIVE; COMMIT")
        if (problem := self._pragma("quick_check")) != "ok":
            raise self.damage(problem)

    def _pragma(self, name: str) -> Any:
        return self.execute(f"PRAGMA {name}").fetchone()[0]

    def _refusal(self, error: sqlite3.Error) -> StoreError:
        if "locked" in str(error):
            return StoreInUseError(f"{self.path} is in use by another service")
        return StoreError(f"{self.path} cannot be used: {error}")


_open_databases: WeakSet[Database] = WeakSet()


def _abandon_databases() -> None:
    for database in list(_open_databases):
        database.abandon()


os.register_at_fork(after_in_child=_abandon_databases)
