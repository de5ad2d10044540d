"""Requests whose response was lost: recognize the ones that were carried out.

If the response to a request is lost, the client does not know whether the service carried it out. A
repeated request then fails with a fault that its own first attempt caused: the domain is
registered, the execution is started or terminated, the task is completed. `confirm` compares the
state of the service with the request and returns the response of the first attempt if they agree.

A response to a task carries only the token of the task. `PolledTasks` remembers the execution of
each token, whose history shows whether the task was closed by this response.

Signals and cancel requests leave nothing to compare, so they are never repeated after a lost
response.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from swf.exceptions import (
    AlreadyExistsError,
    DeprecatedError,
    DoesNotExistError,
    ResponseError,
    SWFError,
    WorkflowExecutionAlreadyStartedError,
)

Call: TypeAlias = "Callable[..., dict[str, Any]]"
Request: TypeAlias = "Mapping[str, Any]"

#: Long polls. The caller repeats them, so that it can stop in between.
POLLS: Final = frozenset(("PollForActivityTask", "PollForDecisionTask"))

#: Requests that must not be repeated if the first attempt may have been carried out.
AT_MOST_ONCE: Final = frozenset(("RequestCancelWorkflowExecution", "SignalWorkflowExecution"))

#: Responses to tasks: the event that records them, and the members that it has in common.
_RECORDED_AS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "RespondActivityTaskCanceled": ("ActivityTaskCanceled", ("details",)),
    "RespondActivityTaskCompleted": ("ActivityTaskCompleted", ("result",)),
    "RespondActivityTaskFailed": ("ActivityTaskFailed", ("reason", "details")),
    "RespondDecisionTaskCompleted": ("DecisionTaskCompleted", ("executionContext",)),
}

#: Maximum number of remembered tasks per connection.
MAX_POLLED_TASKS: Final = 10_000

#: Attributes of a started execution that a request may set.
_START_MEMBERS: Final = (
    "childPolicy",
    "executionStartToCloseTimeout",
    "input",
    "lambdaRole",
    "tagList",
    "taskList",
    "taskPriority",
    "taskStartToCloseTimeout",
    "workflowType",
)


@dataclass
class PolledTask:
    """The execution to which a polled task belongs.

    :ivar was_answered: whether a response to the task may have been carried out.
    """

    domain: str
    execution: Mapping[str, str]
    started_event_id: int
    was_answered: bool = False


class PolledTasks:
    """The tasks that a connection polled and has not closed, by task token."""

    def __init__(self) -> None:
        self._tasks: OrderedDict[str, PolledTask] = OrderedDict()

    def get(self, operation: str, request: Request) -> PolledTask | None:
        """Return the task to which a request responds, None for other requests and tasks."""
        return self._tasks.get(request.get("taskToken", "")) if operation in _RECORDED_AS else None

    def update(self, operation: str, request: Request, response: Mapping[str, Any]) -> None:
        """Store the task of a successful poll, and remove the task of a successful response.

        The oldest task is removed if there are too many.
        """
        if operation in _RECORDED_AS:
            self._tasks.pop(request["taskToken"], None)
        elif operation in POLLS and (token := response.get("taskToken")):
            task = PolledTask(
                request["domain"], response["workflowExecution"], response["startedEventId"]
            )
            self._tasks.setdefault(token, task)
            if len(self._tasks) > MAX_POLLED_TASKS:
                self._tasks.popitem(last=False)


def _is_registered_domain(call: Call, request: Request) -> dict[str, Any] | None:
    domain = call("DescribeDomain", name=request["name"])
    retention = domain["configuration"]["workflowExecutionRetentionPeriodInDays"]
    is_equal = (
        domain["domainInfo"]["status"] == "REGISTERED"
        and domain["domainInfo"].get("description") == request.get("description")
        and retention == request["workflowExecutionRetentionPeriodInDays"]
    )
    return {} if is_equal else None


def _is_registered_type(call: Call, request: Request, kind: str) -> dict[str, Any] | None:
    key = {"name": request["name"], "version": request["version"]}
    member = kind[0].lower() + kind[1:]
    description = call(f"Describe{kind}", domain=request["domain"], **{member: key})
    defaults = {name: value for name, value in request.items() if name.startswith("default")}
    is_equal = (
        description["typeInfo"]["status"] == "REGISTERED"
        and description["typeInfo"].get("description") == request.get("description")
        and description["configuration"] == defaults
    )
    return {} if is_equal else None


def _is_registered_workflow_type(call: Call, request: Request) -> dict[str, Any] | None:
    return _is_registered_type(call, request, "WorkflowType")


def _is_registered_activity_type(call: Call, request: Request) -> dict[str, Any] | None:
    return _is_registered_type(call, request, "ActivityType")


def _is_started(call: Call, request: Request) -> dict[str, Any] | None:
    """Return the run id of an open execution that an identical request started."""
    page = call(
        "ListOpenWorkflowExecutions",
        domain=request["domain"],
        startTimeFilter={"oldestDate": 0},
        executionFilter={"workflowId": request["workflowId"]},
    )
    for info in page["executionInfos"]:
        history = call(
            "GetWorkflowExecutionHistory",
            domain=request["domain"],
            execution=info["execution"],
            maximumPageSize=1,
        )
        started = history["events"][0]["workflowExecutionStartedEventAttributes"]
        is_child = started.get("parentInitiatedEventId") or started.get("continuedExecutionRunId")
        optional = {"childPolicy", "executionStartToCloseTimeout", "lambdaRole", "taskList"}
        optional |= {"taskPriority", "taskStartToCloseTimeout"}  # defaults of the type
        is_equal = all(
            started.get(name) == request.get(name)
            for name in _START_MEMBERS
            if name in request or name not in optional
        )
        if is_equal and not is_child:
            return {"runId": info["execution"]["runId"]}
    return None


def _is_terminated(call: Call, request: Request) -> dict[str, Any] | None:
    """Return an empty response if an equal request closed the execution, or the latest run."""
    execution = {"workflowId": request["workflowId"]}
    if "runId" in request:
        execution["runId"] = request["runId"]
    else:
        page = call(
            "ListClosedWorkflowExecutions",
            domain=request["domain"],
            startTimeFilter={"oldestDate": 0},
            executionFilter=execution,
            maximumPageSize=1,
        )
        if not page["executionInfos"]:
            return None
        execution = page["executionInfos"][0]["execution"]
    history = call(
        "GetWorkflowExecutionHistory",
        domain=request["domain"],
        execution=execution,
        reverseOrder=True,
        maximumPageSize=1,
    )
    closing = history["events"][0].get("workflowExecutionTerminatedEventAttributes", {})
    is_equal = closing.get("cause") in (None, "OPERATOR_INITIATED") and all(
        closing.get(name) == request.get(name) for name in ("reason", "details")
    )
    return {} if closing and is_equal else None


def _is_recorded(
    call: Call, operation: str, request: Request, task: PolledTask
) -> dict[str, Any] | None:
    """Return an empty response if the history shows this response to the task."""
    event_type, members = _RECORDED_AS[operation]
    for event in _newest_events(call, task):
        if event["eventType"] != event_type:
            continue
        attributes = event[f"{event_type[0].lower()}{event_type[1:]}EventAttributes"]
        if attributes.get("startedEventId") == task.started_event_id:
            is_equal = all(attributes.get(name) == request.get(name) for name in members)
            return {} if is_equal else None
    return None


def _newest_events(call: Call, task: PolledTask) -> Iterator[Mapping[str, Any]]:
    """Yield the events after the start of a task, newest first."""
    token: str | None = None
    while True:
        page = call(
            "GetWorkflowExecutionHistory",
            domain=task.domain,
            execution=task.execution,
            reverseOrder=True,
            nextPageToken=token,
        )
        for event in page["events"]:
            if event["eventId"] <= task.started_event_id:
                return
            yield event
        token = page.get("nextPageToken")
        if not token:
            return


def _is_done(call: Call, request: Request) -> dict[str, Any]:  # noqa: ARG001 - the fault says it
    """Return an empty response: the fault shows that the requested state is reached."""
    return {}


#: For each operation, the fault of a repeated request and the check of the state.
_CHECKS: Final[
    Mapping[str, tuple[type[ResponseError], Callable[[Call, Request], dict[str, Any] | None]]]
] = {
    "DeleteActivityType": (DoesNotExistError, _is_done),
    "DeleteWorkflowType": (DoesNotExistError, _is_done),
    "DeprecateActivityType": (DeprecatedError, _is_done),
    "DeprecateDomain": (DeprecatedError, _is_done),
    "DeprecateWorkflowType": (DeprecatedError, _is_done),
    "RegisterActivityType": (AlreadyExistsError, _is_registered_activity_type),
    "RegisterDomain": (AlreadyExistsError, _is_registered_domain),
    "RegisterWorkflowType": (AlreadyExistsError, _is_registered_workflow_type),
    "StartWorkflowExecution": (WorkflowExecutionAlreadyStartedError, _is_started),
    "TerminateWorkflowExecution": (DoesNotExistError, _is_terminated),
    "UndeprecateActivityType": (AlreadyExistsError, _is_done),
    "UndeprecateDomain": (AlreadyExistsError, _is_done),
    "UndeprecateWorkflowType": (AlreadyExistsError, _is_done),
}

#: Operations that `Connection.call` repeats itself, one attempt at a time.
SINGLE_ATTEMPTS: Final = POLLS | AT_MOST_ONCE | _CHECKS.keys() | _RECORDED_AS.keys()


def confirm(
    call: Call,
    operation: str,
    request: Request,
    error: SWFError,
    task: PolledTask | None,
) -> dict[str, Any] | None:
    """Return the response of an earlier attempt that was carried out, or None.

    :param call: calls an operation of the service.
    :param operation: the API's name.
    :param request: the request members.
    :param error: the error of the repeated request.
    :param task: the task to which the request responds, if this process polled it.
    """
    try:
        if task is not None and operation in _RECORDED_AS:
            is_closed = isinstance(error, DoesNotExistError)
            return _is_recorded(call, operation, request, task) if is_closed else None
        fault_class, check = _CHECKS.get(operation, (None, None))
        if fault_class is None or check is None or not isinstance(error, fault_class):
            return None
        return check(call, request)
    except SWFError:
        return None
