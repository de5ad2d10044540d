"""`Archive`: a directory of closed executions, with the object layer of a domain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from swf.archive.connection import ArchiveConnection
from swf.archive.documents import is_complete
from swf.archive.grep import Match, Search
from swf.archive.index import FILE, NEW_FILE, Index, clean, location
from swf.archive.segments import ArchiveError, Location, Segments
from swf.archive.update import DEFAULT_RATE, RateLimit, Update, UpdateResult
from swf.connection import Connection
from swf.exceptions import ValidationError
from swf.models import Domain
from swf.payload import PLAIN_JSON, Codec
from swf.querysets import DomainQuerySet, WorkflowExecutionQuerySet
from swf.querysets.patterns import Pattern

if TYPE_CHECKING:
    from typing_extensions import Self


@frozen
class DomainStatus:
    """The content of an archive for one domain.

    :param domain: the name of the domain.
    :param executions: the number of archived executions.
    :param pending: the number of listed executions whose history is not archived yet.
    :param oldest: the first close, in seconds since the epoch; None without executions.
    :param newest: the last close.
    :param updated: the end of the last update.
    """

    domain: str
    executions: int
    pending: int
    oldest: float | None
    newest: float | None
    updated: float | None


class Archive:
    """A directory of closed executions.

        archive = Archive("swf-archive")
        archive.update(Domain("orders"))
        archive.executions("orders").where("tag=eu and duration>1h")

    Several processes may read an archive while one updates it.

    :param directory: the directory; `update` creates it.
    :param upstream: the connection for executions that are started from the archive; None refuses
        them.
    """

    def __init__(
        self, directory: str | os.PathLike[str], *, upstream: Connection | None = None
    ) -> None:
        self.directory = Path(directory)
        self._upstream = upstream
        self._index: Index | None = None
        self._segments = Segments(self.directory)

    def __repr__(self) -> str:
        return f"Archive({str(self.directory)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; a later use opens them again."""
        if self._index is not None:
            self._index.close()
            self._index = None

    @property
    def index(self) -> Index:
        """The index, for reading.

        :raises ArchiveError: the directory is not an archive, or the index is damaged.
        """
        if self._index is None:
            self._index = Index(self.directory, is_writable=False)
        return self._index

    @property
    def connection(self) -> ArchiveConnection:
        """A connection that serves the archive to models and querysets."""
        return ArchiveConnection(self.index, self._segments, self._upstream)

    @property
    def domains(self) -> DomainQuerySet:
        """The archived domains."""
        return DomainQuerySet(connection=self.connection)

    def executions(self, domain: str | None = None) -> WorkflowExecutionQuerySet:
        """Return the executions of a domain.

        :param domain: the name of the domain; None for the only one.
        :raises ValidationError: the archive has several domains, and `domain` is None.
        """
        if domain is None:
            names = self.connection.domain_names()
            if len(names) != 1:
                rule = f"must be one of {', '.join(names)}" if names else "the archive is empty"
                raise ValidationError("domain", None, rule)
            [domain] = names
        return WorkflowExecutionQuerySet(Domain(domain, connection=self.connection))

    def grep(
        self,
        pattern: str | Pattern,
        *,
        ignore_case: bool = False,
        codec: Codec = PLAIN_JSON,
        executions: WorkflowExecutionQuerySet | None = None,
    ) -> Iterator[Match]:
        """Yield the texts of histories that contain a text or match a pattern, the newest first.

        The texts are inputs, results, reasons, details, controls, execution contexts, and names of
        signals and markers.

        :param pattern: a text, or a `swf.querysets.patterns.Pattern`.
        :param ignore_case: whether upper and lower case of a text are equal.
        :param codec: decodes payloads before the search, which then reads every history.
        :param executions: searches these executions only.
        """
        search = Search(pattern, ignore_case, codec)
        rows = search.candidates(self.index)
        if executions is not None:
            keys = {(each.domain.name, each.workflow_id, each.run_id) for each in executions}
            rows = (row for row in rows if self._key(row) in keys)
        return search.run(self._segments, rows)

    def _key(self, row: Any) -> tuple[str, str, str]:
        [[name]] = self.index.rows("SELECT name FROM domains WHERE id = ?", row["domain"])
        return name, row["workflow_id"], row["run_id"]

    def status(self) -> list[DomainStatus]:
        """Return the content of the archive for each domain."""
        rows = self.index.rows(
            "SELECT d.name, count(segment), count(e.id) - count(segment), "
            "min(closed) / 1e6, max(closed) / 1e6, updated "
            "FROM domains d LEFT JOIN executions e ON e.domain = d.id "
            "GROUP BY d.name ORDER BY d.name"
        )
        return [DomainStatus(*row) for row in rows]

    # Methods that change the archive

    def update(
        self,
        domain: Domain,
        *,
        rate: float | None = DEFAULT_RATE,
        limit: int | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> UpdateResult:
        """Add the closed executions of a domain that are not archived yet.

        Lists them (a call per 1,000), and fetches each history (a call per 1,000 events). An
        interrupted update is continued by the next one.

        :param domain: the domain at the service.
        :param rate: maximum number of calls per second; None for no limit.
        :param limit: maximum number of executions; None for all.
        :param progress: called with the number of fetched and of all pending executions.
        :raises ArchiveError: another process updates the archive, it cannot be written, or it has a
            domain of this name of another account or region.
        """
        with self._writing() as index:
            return Update(index, self._segments, domain, RateLimit(rate), limit, progress).run()

    def check(self) -> Iterator[str]:
        """Yield the problems of the archive: of the index, and histories that cannot be read."""
        for [problem] in self.index.rows("PRAGMA quick_check"):
            if problem != "ok":
                yield f"{FILE}: {problem}"
        for row in self.index.stream("SELECT * FROM executions WHERE segment IS NOT NULL"):
            place = location(row)
            try:
                document = self._segments.read(place)
            except ArchiveError as error:
                yield f"{row['workflow_id']} {row['run_id']}: {error}"
                continue
            if clean(document["executionInfo"]["execution"]["workflowId"]) != row["workflow_id"]:
                yield f"{row['workflow_id']} {row['run_id']}: the history is of another execution"

    def rebuild(self) -> int:
        """Build the index again from the history files, and return the number of executions.

        Damaged histories are left out; the next update fetches them if the service still has them.
        """
        with self._lock():
            self.close()
            self._remove(NEW_FILE)
            index = Index(self.directory, is_writable=True, name=NEW_FILE)
            try:
                count = sum(self._rebuild(index, number) for number in self._segments.numbers())
            finally:
                index.close()
            # An interruption leaves no index, or the whole one.
            self._remove(FILE)
            os.replace(self.directory / NEW_FILE, self.directory / FILE)
            return count

    def _remove(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.directory / name}{suffix}").unlink(missing_ok=True)

    def _rebuild(self, index: Index, segment: int) -> int:
        count = 0
        with index.transaction():
            for place, document in self._segments.scan(segment):
                self._add(index, document, place)
                count += 1
        return count

    def _add(self, index: Index, document: Mapping[str, Any], place: Location) -> None:
        if is_complete(document):
            index.add(index.save_domain(document["domain"], None), document, place)
        index.set_size(place)

    @contextmanager
    def _writing(self) -> Iterator[Index]:
        """Open the archive for writing; another process cannot until the block ends."""
        self._create()
        with self._lock():
            if self._segments.numbers() and not (self.directory / FILE).exists():
                raise ArchiveError(f"{self.directory}: no index; see `swf archive rebuild`")
            index = Index(self.directory, is_writable=True)
            try:
                for place, document in self._segments.open(index.sizes()):
                    self._add(index, document, place)
                yield index
            except OSError as error:
                raise ArchiveError(f"{self.directory}: {error.strerror or error}") from error
            finally:
                self._segments.close()
                index.close()

    def _create(self) -> None:
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{self.directory}: {error.strerror}") from error

    @contextmanager
    def _lock(self) -> Iterator[IO[bytes]]:
        import fcntl  # only available on Unix

        path = self.directory / "lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ArchiveError(f"{path}: {error.strerror}") from error
        with os.fdopen(descriptor, "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ArchiveError(f"{self.directory}: another process updates it") from None
            yield file
