"""Histories of the service and of imported files, and `Subject`, the execution of a page.

Pages read everything from the history, so that they also work without a service. With redaction,
`history` has no payloads, and no page, search or stream can show any.
"""

from __future__ import annotations

import json
import secrets
import shlex
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from attrs import define, field, frozen

from swf.console.page import BadRequest, address
from swf.exceptions import HistoryError
from swf.models import Domain, WorkflowExecution
from swf.models.event.factory import EventFactory
from swf.models.history import History
from swf.report.redaction import redact_payloads

#: Maximum number of folded histories in memory.
CACHED_HISTORIES: Final = 8
#: Reasons of closed executions that are kept, the least recently used dropped first.
CACHED_REASONS: Final = 1000
#: Maximum number of imported files in memory.
IMPORTS: Final = 8
#: Characters of an id.  Source: API Reference, WorkflowExecution.
ID_LENGTH: Final = 256
#: Errors that a damaged file causes.
DAMAGE: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    LookupError,
    RecursionError,
    HistoryError,
)
#: Maximum number of executions in a `TailCache`.
READS: Final = 1000
#: Page size of a call for the newest events.
TAIL: Final = 100


@define(slots=False)
class Recording:
    """A history, and the form of it that pages show.

    :param full: the history with its payloads, for the flow's or workflow's own code.
    :param is_redacted: whether pages show it without its payloads.
    """

    full: History
    is_redacted: bool

    @cached_property
    def visible(self) -> History:
        """The history for pages."""
        if not self.is_redacted:
            return self.full
        return History.from_event_list(map(redact_payloads, self.full.raw))


@frozen
class Subject:
    """An execution and its history.

    :param execution: the execution; of an imported file, only its ids.
    :param recording: its history.
    :param base: the address of its page.
    :param trail: the pages above it.
    :param now: the current time, or the time of the last event if that is later or a file ends
        with it.
    :param is_imported: whether it comes from a file.
    """

    execution: WorkflowExecution
    recording: Recording
    base: str
    trail: tuple[tuple[str, str], ...]
    now: datetime
    is_imported: bool = False

    @property
    def history(self) -> History:
        """The history for pages."""
        return self.recording.visible

    def command(self, verb: str) -> str | None:
        """Return the command with the same result as a page.

        :param verb: the command without `swf` and ids.
        """
        if self.is_imported:
            return "swf check FILE"
        ids = f"{shlex.quote(self.execution.workflow_id)} {self.execution.run_id}"
        return f"swf {verb} {ids} --domain {shlex.quote(self.execution.domain.name)}"


def execution_address(execution: WorkflowExecution) -> str:
    """Return the address of the page of an execution."""
    ids = address(execution.workflow_id, execution.run_id or "")
    return f"/domains/{address(execution.domain.name)}/executions/{ids}"


class HistoryCache:
    """The histories of recently viewed executions.

    :param is_redacted: whether pages show them without their payloads.
    """

    def __init__(self, is_redacted: bool = False, size: int = CACHED_HISTORIES) -> None:
        self._is_redacted = is_redacted
        self._size = size
        self._recordings: OrderedDict[tuple[str, str, str], Recording] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, execution: WorkflowExecution) -> Recording:
        """Return a history that is complete up to now.

        A closed history that is cached costs no call. Events after the cached ones are read newest
        first, so that an open execution costs one call, however long its history is.
        """
        key = (execution.domain.name, execution.workflow_id, execution.run_id or "")
        with self._lock:
            recording = self._recordings.pop(key, None)
        if recording is None:
            recording = Recording(execution.history(), self._is_redacted)
        elif recording.full.execution.is_open:
            events = _events_after(recording.full, execution)
            if events:
                history = History.from_event_list([*recording.full.raw, *events])
                recording = Recording(history, self._is_redacted)
        with self._lock:
            self._recordings[key] = recording
            while len(self._recordings) > self._size:
                self._recordings.popitem(last=False)
        return recording


class ReasonCache:
    """The reasons with which executions closed.

    :param is_redacted: whether pages show them by their lengths.
    """

    def __init__(self, is_redacted: bool = False) -> None:
        self._is_redacted = is_redacted
        self._reasons: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, execution: WorkflowExecution) -> str:
        """Return the reason in the last event of a closed execution, empty without one.

        It costs one call, unless it is cached.
        """
        key = (execution.domain.name, execution.workflow_id, execution.run_id or "")
        with self._lock:
            reason = self._reasons.pop(key, None)
        if reason is None:
            event = next(execution.history_events(reverse_order=True, page_size=1))
            event = redact_payloads(event) if self._is_redacted else event
            reason = str(EventFactory(event).to_dict().get("reason") or "")
        with self._lock:
            self._reasons[key] = reason
            while len(self._reasons) > CACHED_REASONS:
                self._reasons.popitem(last=False)
        return reason


def _events_after(history: History, execution: WorkflowExecution) -> Sequence[dict[str, Any]]:
    count, events = len(history), []
    for event in execution.history_events(reverse_order=True, page_size=TAIL):
        if event["eventId"] <= count:
            break
        events.append(event)
    return events[::-1]


@define
class ImportStore:
    """The histories that visitors imported from files, by a secret name.

    :param is_redacted: whether pages show them without their payloads.
    """

    _is_redacted: bool = False
    _subjects: OrderedDict[str, Subject] = field(factory=OrderedDict, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def add(self, text: str) -> Subject:
        """Read a history file.

        :param text: the file: one of ours, or of `aws swf get-workflow-execution-history`.
        :raises BadRequest: it contains no history.
        """
        history = self._read(text)
        content = json.loads(text)
        content = content if isinstance(content, dict) else {}
        ids = content.get("workflowExecution")
        ids = ids if isinstance(ids, dict) else {}
        execution = WorkflowExecution(
            Domain(_imported_id("domain", content)),
            _imported_id("workflowId", ids),
            _imported_id("runId", ids),
        )
        name = secrets.token_urlsafe(12)
        base = f"/imports/{name}"
        subject = Subject(
            execution,
            Recording(history, self._is_redacted),
            base,
            (("Import", "/import"), (execution.workflow_id, base)),
            history.last.timestamp,
            is_imported=True,
        )
        with self._lock:
            self._subjects[name] = subject
            while len(self._subjects) > IMPORTS:
                self._subjects.popitem(last=False)
        return subject

    def get(self, name: str) -> Subject:
        """Return an imported history.

        :raises BadRequest: it was dropped.
        """
        with self._lock:
            subject = self._subjects.get(name)
            if subject is None:
                raise BadRequest("The imported history is gone; import the file again.")
            self._subjects.move_to_end(name)
        return subject

    def _read(self, text: str) -> History:
        if not text.strip():
            raise BadRequest("file: choose a file that holds a history as JSON")
        try:
            history = History.from_json(text)
            if history:
                _ = history.execution, history.last.timestamp
        except DAMAGE as error:
            message = type(error).__name__ if self._is_redacted else str(error)
            raise BadRequest(f"file: no history in JSON: {message}") from error
        if not history:
            raise BadRequest("file: the history has no events")
        return history


def _imported_id(name: str, ids: Mapping[str, Any]) -> str:
    """Return an id of a file, or `imported` without one.

    :raises BadRequest: it is longer than any id of the service.
    """
    value = str(ids.get(name) or "imported")
    if len(value) > ID_LENGTH:
        raise BadRequest(f"file: {name} has {len(value):,} characters, at most {ID_LENGTH}")
    return value
