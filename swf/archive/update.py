"""Update of an archive: it lists the closed executions of a domain and fetches new histories.

First all executions that closed since the last update are listed, and stored as pending: page
tokens of the service expire, so a listing does not wait for histories. Then the histories of the
pending ones are fetched, the oldest first, and committed in batches. An interruption loses at most
one batch, whose executions are still pending.

Closed histories never change, so an archived execution is never fetched again. Lists of the service
are updated late, so each listing begins an hour before the end of the last one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Final

from attrs import define, field, frozen

from swf.archive.documents import is_complete
from swf.archive.index import Index
from swf.archive.segments import ArchiveError, Segments
from swf.exceptions import DoesNotExistError
from swf.models import Domain, WorkflowExecution

#: Calls per second; deciders and workers share the quotas of the account.
DEFAULT_RATE: Final = 10.0
#: Seconds before the latest known close from which executions are listed again.
OVERLAP: Final = 3600.0
#: Executions and events per commit, and the seconds after which a smaller batch is committed.
BATCH: Final = 100
BATCH_EVENTS: Final = 20_000
BATCH_SECONDS: Final = 5.0


@frozen
class UpdateResult:
    """The outcome of an update of one domain.

    :param domain: the name of the domain.
    :param archived: the number of executions that were added.
    :param expired: executions that the service deleted before their history was fetched.
    :param incomplete: executions whose history has no end yet, or violates the protocol; the next
        update tries them again.
    :param pending: executions left for the next update.
    :param may_have_gap: whether the last update is longer ago than the retention period.
    """

    domain: str
    archived: int
    expired: int
    incomplete: int
    pending: int
    may_have_gap: bool


@define
class RateLimit:
    """Spaces calls evenly.

    :param per_second: maximum number of calls per second; None for no limit.
    :param clock: returns the monotonic time in seconds.
    :param sleep: pauses for a number of seconds.
    """

    per_second: float | None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    _due: float = field(default=0.0, init=False)

    def wait(self) -> None:
        """Wait until the next call is allowed."""
        if not self.per_second:
            return
        now = self.clock()
        if now < self._due:
            self.sleep(self._due - now)
        self._due = max(self._due, now) + 1 / self.per_second


@frozen
class Update:
    """One update of an archive from a domain.

    :param index: the index, writable.
    :param segments: the histories, open for appending.
    :param domain: the domain at the service.
    :param rate: limits the calls.
    :param limit: maximum number of executions to fetch; None for all.
    :param progress: called with the number of fetched and of all pending executions.
    """

    index: Index
    segments: Segments
    domain: Domain
    rate: RateLimit
    limit: int | None = None
    progress: Callable[[int, int], object] | None = None

    def run(self) -> UpdateResult:
        """List and fetch, and return the outcome.

        :raises ArchiveError: the archive has a domain of this name of another account or region.
        """
        self.rate.wait()
        description = self.domain.connection.call("DescribeDomain", name=self.domain.name)
        self._check_origin(description)
        number = self.index.save_domain(self.domain.name, description)
        may_have_gap = self._may_have_gap(number, description)
        self._list(number)
        archived, expired, incomplete = self._fetch(number)
        self.index.execute("UPDATE domains SET updated = ? WHERE id = ?", time.time(), number)
        [[pending]] = self.index.rows(f"SELECT count(*) {_PENDING}", number)
        return UpdateResult(self.domain.name, archived, expired, incomplete, pending, may_have_gap)

    def _check_origin(self, description: dict[str, Any]) -> None:
        arn = description["domainInfo"].get("arn")
        for row in self.index.rows(
            "SELECT description FROM domains WHERE name = ?", self.domain.name
        ):
            earlier_arn = json.loads(row["description"] or "{}").get("domainInfo", {}).get("arn")
            if None not in (arn, earlier_arn) and earlier_arn != arn:
                raise ArchiveError(
                    f"the archive has the domain {earlier_arn}, not {arn}: use another directory"
                )

    def _may_have_gap(self, number: int, description: dict[str, Any]) -> bool:
        [[updated]] = self.index.rows("SELECT updated FROM domains WHERE id = ?", number)
        days = description["configuration"]["workflowExecutionRetentionPeriodInDays"]
        if updated is None or days == "NONE":
            return False
        return bool(time.time() - updated > int(days) * 86_400)

    def _list(self, number: int) -> None:
        """Store the executions that closed since the last listing as pending."""
        [[since]] = self.index.rows("SELECT listed_until FROM domains WHERE id = ?", number)
        latest = since or 0.0
        window = {"oldestDate": int(max(0.0, latest - OVERLAP))}
        pages = self.domain.connection.pages(
            "ListClosedWorkflowExecutions", domain=self.domain.name, closeTimeFilter=window
        )
        self.rate.wait()
        for page in pages:
            with self.index.transaction():
                for info in page["executionInfos"]:
                    self.index.add_pending(number, info)
            closes = [_epoch(info["closeTimestamp"]) for info in page["executionInfos"]]
            latest = max([latest, *closes])
            self.rate.wait()
        # Only now: an interrupted listing has seen the newest executions first. A close in the
        # future, by the clock of this machine, must not hide others.
        latest = min(latest, time.time())
        self.index.execute("UPDATE domains SET listed_until = ? WHERE id = ?", latest, number)

    def _fetch(self, number: int) -> tuple[int, int, int]:
        """Fetch the histories of pending executions, and return how many had which outcome."""
        rows = self.index.rows(
            f"SELECT id, info {_PENDING} ORDER BY closed, id LIMIT ?",
            number,
            -1 if self.limit is None else self.limit,
        )
        batch: list[dict[str, Any]] = []
        expired = incomplete = archived = 0
        begin = time.monotonic()
        try:
            for done, row in enumerate(rows):
                if self.progress is not None:
                    self.progress(done, len(rows))
                document = self._document(row["info"])
                if document is None:
                    self.index.execute("DELETE FROM executions WHERE id = ?", row["id"])
                    expired += 1
                elif not is_complete(document):
                    incomplete += 1
                else:
                    batch.append(document)
                if _is_full(batch) or time.monotonic() - begin > BATCH_SECONDS:
                    archived += self._commit(number, batch)
                    begin = time.monotonic()
        finally:
            archived += self._commit(number, batch)
        return archived, expired, incomplete

    def _document(self, text: str) -> dict[str, Any] | None:
        """Fetch the history of a pending execution; None if the service has deleted it."""
        info = json.loads(text)
        ids = info["execution"]
        execution = WorkflowExecution(
            self.domain, ids["workflowId"], ids["runId"], connection=self.domain.connection
        )
        self.rate.wait()
        try:
            events = list(execution.history_events(lambda **_: self.rate.wait()))
        except DoesNotExistError:
            return None
        return {
            "domain": self.domain.name,
            "executionInfo": info,
            "events": events,
        }

    def _commit(self, number: int, batch: list[dict[str, Any]]) -> int:
        """Write a batch to the disk, first the histories, then the index."""
        documents, batch[:] = list(batch), []  # a batch that failed is not written again
        if not documents:
            return 0
        locations = [self.segments.append(document) for document in documents]
        self.segments.flush()
        with self.index.transaction():
            for document, location in zip(documents, locations, strict=True):
                self.index.add(number, document, location)
                self.index.set_size(location)
        return len(documents)


def _is_full(batch: list[dict[str, Any]]) -> bool:
    events = sum(len(document["events"]) for document in batch)
    return len(batch) >= BATCH or events >= BATCH_EVENTS


_PENDING: Final = "FROM executions WHERE domain = ? AND segment IS NULL"


def _epoch(value: Any) -> float:
    return float(value.timestamp() if hasattr(value, "timestamp") else value)
