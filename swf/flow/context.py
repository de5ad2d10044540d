"""`ExecutionContext`: the input and all results of an execution, as activities read them.

The context is flat: a later result replaces an earlier one under the same key, in the order of the
events. A result that is not a dictionary (a worker in another language may return anything) adds
nothing and is not an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from swf import payload
from swf.models.event.base import Event
from swf.models.event.factory import EventFactory
from swf.payload import Codec


class ExecutionContext(Mapping[str, Any]):
    """The context of an execution. As a mapping: input and results by key.

    :param events: initial events, as dictionaries of the API or as `Event`; None: no events.
    :param codec: the codec of inputs and results.
    """

    def __init__(
        self,
        events: Iterable[Mapping[str, Any] | Event] | None = None,
        codec: Codec = payload.PLAIN_JSON,
    ) -> None:
        self.codec = codec
        #: Input and results, by key.
        self.current: dict[str, Any] = {}
        #: The input of the execution.
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
        """Add the input or the result in an event; other events are ignored.

        :param event: as a dictionary of the API or as `Event`.
        """
        event = to_event(event)
        if event.name == "ActivityTaskCompleted":
            self.add_activity_result(event)
        elif event.name == "WorkflowExecutionStarted":
            self.set_execution_input(event)

    def set_execution_input(self, event: Mapping[str, Any] | Event) -> None:
        """Add the input of a WorkflowExecutionStarted event.

        :param event: as a dictionary of the API or as `Event`.
        """
        self.set_input(self._payload(event, "input"))

    def set_input(self, workflow_input: Any) -> None:
        """Add the input of the execution, if it is a dictionary."""
        if isinstance(workflow_input, dict):
            self.workflow_input = workflow_input
            self.current.update(workflow_input)

    def add_activity_result(self, event: Mapping[str, Any] | Event) -> None:
        """Add the result of an ActivityTaskCompleted event.

        :param event: as a dictionary of the API or as `Event`.
        """
        self.add_result(self._payload(event, "result"))

    def add_result(self, result: Any) -> None:
        """Add a result, if it is a dictionary."""
        if isinstance(result, dict):
            self.current.update(result)

    def set_workflow_execution_info(self, execution_info: Mapping[str, Any], domain: str) -> None:
        """Add the ids of the execution to the context, for logs and tasks.

        :param execution_info: a response of a poll; its `workflowExecution` is read.
        :param domain: the name of the domain.
        """
        execution = execution_info.get("workflowExecution") or {}
        if execution.get("workflowId") and execution.get("runId"):
            self.current["execution.domain"] = domain
            self.current["execution.workflow_id"] = execution["workflowId"]
            self.current["execution.run_id"] = execution["runId"]

    def _payload(self, event: Mapping[str, Any] | Event, name: str) -> Any:
        return payload.decode(to_event(event).text(name), self.codec)


def to_event(event: Mapping[str, Any] | Event) -> Event:
    """Return an `Event`.

    :param event: an `Event`, or a dictionary of the API, in which time and id are optional.
    """
    if isinstance(event, Event):
        return event
    return EventFactory({"eventTimestamp": 0, "eventId": 0, **event})
