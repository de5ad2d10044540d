"""`ExecutionContext`: what the activities of an execution know, its input and all results so far.

It is flat: a later result takes the place of an earlier one under the same key, in the order of
the events. A result that is not an object (a worker in another language may send anything) adds
nothing to it and is no error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from swf import payload
from swf.models.event.base import Event
from swf.models.event.factory import EventFactory
from swf.payload import Codec


class ExecutionContext(Mapping[str, Any]):
    """The context of an execution; as a mapping, input and results by key.

    :param events: events to start from, as on the wire or as `Event`.
    :param codec: how inputs and results are written.
    """

    def __init__(
        self,
        events: Iterable[Mapping[str, Any] | Event] | None = None,
        codec: Codec = payload.PLAIN_JSON,
    ) -> None:
        self.codec = codec
        #: Input and results, by key.
        self.current: dict[str, Any] = {}
        #: The input that the execution was started with.
        self.workflow_input: dict[str, Any] = {}
        for event in events or ():
            self.add(event)

    def __getitem__(self, key: str) -> Any:
        return self.current[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.current)

    def __len__(self) -> int:
        return len(self.current)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self.current) or 'empty'}>"

    def add(self, event: Mapping[str, Any] | Event) -> None:
        """Take in an event: the start, or an activity's completion; others change nothing."""
        given = read(event)
        if given.name == "ActivityTaskCompleted":
            self.add_activity_result(given)
        elif given.name == "WorkflowExecutionStarted":
            self.set_execution_input(given)

    def set_execution_input(self, event: Mapping[str, Any] | Event) -> None:
        """Take in the input of a WorkflowExecutionStarted event."""
        given = self._payload(event, "input")
        if isinstance(given, dict):
            self.workflow_input = given
            self.current.update(given)

    def add_activity_result(self, event: Mapping[str, Any] | Event) -> None:
        """Take in the result of an ActivityTaskCompleted event."""
        self.add_result(self._payload(event, "result"))

    def add_result(self, result: Any) -> None:
        """Take in a result, if it is an object."""
        if isinstance(result, dict):
            self.current.update(result)

    def set_workflow_execution_info(self, execution_info: Mapping[str, Any], domain: str) -> None:
        """Name the execution in the context, for logs and tasks.

        :param execution_info: what a poll answered; only its `workflowExecution` is read.
        """
        execution = execution_info.get("workflowExecution") or {}
        if execution.get("workflowId") and execution.get("runId"):
            self.current["execution.domain"] = domain
            self.current["execution.workflow_id"] = execution["workflowId"]
            self.current["execution.run_id"] = execution["runId"]

    def _payload(self, event: Mapping[str, Any] | Event, name: str) -> Any:
        return payload.decode(read(event).text(name), self.codec)


def read(event: Mapping[str, Any] | Event) -> Event:
    """Return an event; one that was written by hand needs neither a time nor an id."""
    if isinstance(event, Event):
        return event
    return EventFactory({"eventTimestamp": 0, "eventId": 0, **event})
