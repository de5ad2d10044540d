"""The index of an archive: a SQLite database of executions, their payloads and their texts.

It can be rebuilt from the segments. Payloads are stored as on the wire; the table `texts` has the
trigrams of all texts of a history, so that a search reads only histories that may match.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from swf.archive.documents import describe, payloads, texts
from swf.archive.segments import ArchiveError, Location
from swf.querysets.patterns import trigrams

FILE: Final = "index.sqlite"
#: The index that `rebuild` makes, before it replaces the other one.
NEW_FILE: Final = "index.sqlite.new"
APPLICATION_ID: Final = int.from_bytes(b"SWFa", "big")
VERSION: Final = 1

#: Trigrams of a text that a search looks up; more of them hardly exclude further histories.
MAX_TRIGRAMS: Final = 30

_SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE domains (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, description TEXT, listed_until REAL, updated REAL
);
CREATE TABLE segments (number INTEGER PRIMARY KEY, size INTEGER NOT NULL);
CREATE TABLE executions (
    id INTEGER PRIMARY KEY, domain INTEGER NOT NULL, workflow_id TEXT, run_id TEXT, name TEXT,
    version TEXT, close_status TEXT, started INTEGER, closed INTEGER, info TEXT, input BLOB,
    result BLOB, reason BLOB, details BLOB, segment INTEGER, offset INTEGER, length INTEGER,
    UNIQUE (domain, workflow_id, run_id)
);
CREATE INDEX by_start ON executions (domain, started, id);
CREATE INDEX by_close ON executions (domain, closed, id);
CREATE INDEX by_type ON executions (domain, name, started, id);
CREATE INDEX by_status ON executions (domain, close_status, started, id);
CREATE INDEX pending ON executions (domain, closed) WHERE segment IS NULL;
CREATE TABLE tags (
    tag TEXT, execution INTEGER, PRIMARY KEY (tag, execution)
) WITHOUT ROWID;
"""
_TEXTS: Final = (
    "CREATE VIRTUAL TABLE texts USING fts5 (text, content='', detail=none, tokenize='trigram')"
)


class Index:
    """The database of an archive.

    :param directory: the directory of the archive.
    :param is_writable: whether to create it, and to write to it.
    :param name: the name of the file.
    :raises ArchiveError: it does not exist, is damaged, or has another format.
    """

    def __init__(self, directory: Path, *, is_writable: bool, name: str = FILE) -> None:
        self.path = directory / name
        self.lock = threading.RLock()
        if is_writable:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        elif not self.path.exists():
            raise ArchiveError(f"{directory}: not an archive; see `swf archive update`")
        with self.errors():
            self._connection = self._connect(is_writable)
            try:
                self._open(is_writable)
            except BaseException:
                self._connection.close()
                raise

    def _connect(self, is_writable: bool) -> sqlite3.Connection:
        mode = "rw"
        if not (is_writable or os.access(self.path.parent, os.W_OK)):
            # A database in a read-only directory needs no locks.
            mode = "ro" if Path(f"{self.path}-wal").exists() else "ro&immutable=1"
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
        )

    def _open(self, is_writable: bool) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        [application_id] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if is_writable and not tables:
            connection.execute("PRAGMA journal_mode = WAL")
            with self.transaction():
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                with suppress(sqlite3.OperationalError):  # SQLite without FTS5: searches are slow
                    connection.execute(_TEXTS)
        elif (application_id, version) != (APPLICATION_ID, VERSION):
            raise ArchiveError(f"{self.path}: not the index of an archive of this version")
        connection.execute(f"PRAGMA query_only = {not is_writable}")
        self.has_texts = bool(
            connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'texts'").fetchone()
        )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Replace errors of SQLite by `ArchiveError`."""
        try:
            yield
        except sqlite3.Error as error:
            # A full disk and a lock are operational errors, damage is not.
            is_damaged = not isinstance(error, sqlite3.OperationalError)
            hint = "; see `swf archive rebuild`" if is_damaged else ""
            raise ArchiveError(f"{self.path}: {error}{hint}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes of the block together, or none of them."""
        with self.lock, self.errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self._connection.close()

    def rows(self, statement: str, *parameters: Any) -> list[sqlite3.Row]:
        """Return the rows of a query.

        :raises ArchiveError: the database is damaged.
        """
        with self.lock, self.errors():
            return self._connection.execute(statement, parameters).fetchall()

    def stream(self, statement: str, *parameters: Any, size: int = 500) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query, a number of them at a time.

        :raises ArchiveError: the database is damaged.
        """
        with self.lock, self.errors():
            cursor = self._connection.execute(statement, parameters)
        while True:
            with self.lock, self.errors():
                rows = cursor.fetchmany(size)
            if not rows:
                return
            yield from rows

    # Domains

    def domain_id(self, name: str) -> int | None:
        """Return the id of a domain, None for an unknown one."""
        rows = self.rows("SELECT id FROM domains WHERE name = ?", name)
        return int(rows[0][0]) if rows else None

    def save_domain(self, name: str, description: Mapping[str, Any] | None) -> int:
        """Store the description of a domain, and return its id.

        :param description: the response of DescribeDomain; None keeps an existing one.
        """
        text = json.dumps(description, default=float) if description is not None else None
        self.execute(
            "INSERT INTO domains (name, description) VALUES (?1, ?2) ON CONFLICT (name) "
            "DO UPDATE SET description = coalesce(?2, description)",
            name,
            text,
        )
        [row] = self.rows("SELECT id FROM domains WHERE name = ?", name)
        return int(row[0])

    def execute(self, statement: str, *parameters: Any) -> int:
        """Execute a statement that changes the database, and return the number of changed rows."""
        with self.lock, self.errors():
            return self._connection.execute(statement, parameters).rowcount

    # Executions

    def add_pending(self, domain: int, info: Mapping[str, Any]) -> bool:
        """Add an execution whose history is not archived yet; return whether it is new.

        :param domain: the id of the domain.
        :param info: the item of the list operation.
        """
        return bool(
            self.execute(
                "INSERT OR IGNORE INTO executions "
                "(domain, workflow_id, run_id, started, closed, info) VALUES (?, ?, ?, ?, ?, ?)",
                domain,
                clean(info["execution"]["workflowId"]),
                clean(info["execution"]["runId"]),
                microseconds(info["startTimestamp"]),
                microseconds(info["closeTimestamp"]),
                json.dumps(info, default=_seconds),
            )
        )

    def add(self, domain: int, document: Mapping[str, Any], location: Location) -> None:
        """Add an archived execution, or complete a pending one.

        :param domain: the id of the domain.
        :param document: the member of a segment.
        :param location: the place of the member.
        """
        info = document["executionInfo"]
        kind = info.get("workflowType") or {}
        key = (domain, clean(info["execution"]["workflowId"]), clean(info["execution"]["runId"]))
        self.execute(
            "INSERT OR IGNORE INTO executions (domain, workflow_id, run_id) VALUES (?, ?, ?)", *key
        )
        pending = self.rows(
            "SELECT id FROM executions WHERE domain = ? AND workflow_id = ? AND run_id = ? "
            "AND segment IS NULL",
            *key,
        )
        if not pending:
            return  # written twice, before and after an interruption
        number = pending[0]["id"]
        values = {
            "name": clean(kind.get("name", "")),
            "version": clean(kind.get("version", "")),
            "close_status": info.get("closeStatus"),
            "started": microseconds(info["startTimestamp"]),
            "closed": microseconds(info["closeTimestamp"]),
            "info": json.dumps(describe(document), default=_seconds),
            **{name: _encode(text) for name, text in payloads(document).items()},
            "segment": location.segment,
            "offset": location.offset,
            "length": location.length,
        }
        columns = ", ".join(f"{name} = ?" for name in values)
        self.execute(f"UPDATE executions SET {columns} WHERE id = ?", *values.values(), number)  # noqa: S608 - constant names
        for tag in info.get("tagList") or ():
            self.execute("INSERT OR IGNORE INTO tags VALUES (?, ?)", clean(tag), number)
        if self.has_texts:
            text = "\n".join(text for _, _, text in texts(document))
            self.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", number, clean(text))

    def set_size(self, location: Location) -> None:
        """Record that a segment is valid up to the end of a member."""
        self.execute(
            "INSERT INTO segments VALUES (?1, ?2) "
            "ON CONFLICT (number) DO UPDATE SET size = max(size, ?2)",
            location.segment,
            location.offset + location.length,
        )

    def sizes(self) -> dict[int, int]:
        """Return the valid bytes of each segment."""
        return {row["number"]: row["size"] for row in self.rows("SELECT * FROM segments")}

    def candidates(self, literals: Iterable[str]) -> tuple[str, list[Any]]:
        """Return a condition of SQL for histories that may contain all of these texts.

        :param literals: the texts; parts of less than three characters do not count.
        :returns: the condition and its parameters.
        """
        parts = sorted(trigrams(text for text in literals if clean(text) == text))
        if not parts or not self.has_texts:
            return "1", []
        query = " AND ".join('"' + part.replace('"', '""') + '"' for part in parts[:MAX_TRIGRAMS])
        return "id IN (SELECT rowid FROM texts WHERE texts MATCH ?)", [query]


def load(text: str) -> dict[str, Any]:
    """Return a document of JSON in the index.

    :param text: the JSON.
    :raises ArchiveError: it is damaged.
    """
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ArchiveError("the index is damaged; see `swf archive rebuild`") from error
    return document


def location(row: sqlite3.Row) -> Location:
    """Return the place of the history of an execution."""
    return Location(row["segment"], row["offset"], row["length"])


def clean(text: str) -> str:
    """Return a text that SQLite can store: NUL and lone surrogates become `?`."""
    return text.replace("\0", "?").encode(errors="replace").decode()


def microseconds(time: Any) -> int:
    """Return a time of the wire in microseconds since the epoch."""
    return round(_seconds(time) * 1_000_000)


def _seconds(time: Any) -> float:
    return float(time.timestamp() if hasattr(time, "timestamp") else time)


def _encode(text: str | None) -> bytes | None:
    return None if text is None else text.encode(errors="surrogatepass")
