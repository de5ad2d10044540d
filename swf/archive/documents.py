"""Facts of an archived execution, computed from its list item and its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from swf.exceptions import EndpointError
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.querysets.recorded_row import EVENTS, event_attributes

#: Members of event attributes that hold text of users or programs.
TEXT_MEMBERS: Final = (
    "input", "result", "reason", "details", "control", "signalName", "executionContext",
    "markerName",
)  # fmt: skip

#: Members of the first event that a description has in `executionConfiguration`.
_CONFIGURATION: Final = (
    "taskStartToCloseTimeout",
    "executionStartToCloseTimeout",
    "taskList",
    "taskPriority",
    "childPolicy",
    "lambdaRole",
)


def describe(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response of DescribeWorkflowExecution for an archived execution."""
    events = document["events"]
    started = event_attributes(events[0])
    history = History.from_event_list(events)
    response: dict[str, Any] = {
        "executionInfo": document["executionInfo"],
        "executionConfiguration": {
            name: started[name] for name in _CONFIGURATION if name in started
        },
        "openCounts": {
            "openActivityTasks": len(history.open_activities),
            "openDecisionTasks": len(history.open_decision_tasks),
            "openTimers": len(history.open_timers),
            "openChildWorkflowExecutions": len(history.open_children),
            "openLambdaFunctions": len(history.open_lambdas),
        },
    }
    for event in events:
        if event["eventType"] == "ActivityTaskScheduled":
            response["latestActivityTaskTimestamp"] = event["eventTimestamp"]
        context = event_attributes(event).get("executionContext")
        if event["eventType"] == "DecisionTaskCompleted" and context is not None:
            response["latestExecutionContext"] = context
    return response


def is_complete(document: Mapping[str, Any]) -> bool:
    """Return whether a history has its end, and events and list item follow the protocol."""
    try:
        WorkflowExecution.from_wire(describe(document), domain=Domain("orders")).to_dict()
        return History.from_event_list(document["events"]).finished
    except (
        EndpointError,
        AttributeError,
        LookupError,
        OSError,
        OverflowError,
        TypeError,
        ValueError,
    ):
        return False


def payloads(document: Mapping[str, Any]) -> dict[str, str | None]:
    """Return input, result, reason and details of an archived execution, as on the wire."""
    first, last = document["events"][0], document["events"][-1]
    sources = {"first": event_attributes(first), "last": event_attributes(last)}
    return {name: _text(sources[event].get(name)) for name, event in EVENTS.items()}


def texts(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Yield (event, member, text) for all texts of a history."""
    for event in document["events"]:
        for member, value in event_attributes(event).items():
            if member in TEXT_MEMBERS and isinstance(value, str):
                yield event, member, value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
