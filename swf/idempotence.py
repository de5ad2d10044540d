"""Requests whose response was lost: recognize the ones that were carried out.

If the response to a request is lost, the client does not know whether the service carried it out. A
repeated request then fails with a fault that its own first attempt caused: the domain is
registered, the execution is started or terminated. `confirm` compares the state of the service with
the request and returns the response of the first attempt if they agree.

Signals and cancel requests leave nothing to compare, so they are never repeated after a lost
response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """Return an empty response if the execution, or the latest one with this id, is terminated."""
    execution = {"workflowId": request["workflowId"]}
    if "runId" in request:
        execution["runId"] = request["runId"]
        described = call("DescribeWorkflowExecution", domain=request["domain"], execution=execution)
        info = described["executionInfo"]
    else:
        page = call(
            "ListClosedWorkflowExecutions",
            domain=request["domain"],
            startTimeFilter={"oldestDate": 0},
            executionFilter=execution,
            maximumPageSize=1,
        )
        info = next(iter(page["executionInfos"]), {})
    return {} if info.get("closeStatus") == "TERMINATED" else None


def _is_done(call: Call, request: Request) -> dict[str, Any]:  # noqa: ARG001 - the fault says it
    """Return an empty response: the fault shows that the requested state is reached."""
    return {}


#: For each operation, the fault that a repeated request meets and the check of the state.
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
SINGLE_ATTEMPTS: Final = POLLS | AT_MOST_ONCE | _CHECKS.keys()


def confirm(
    call: Call, operation: str, request: Request, error: ResponseError
) -> dict[str, Any] | None:
    """Return the response of an earlier attempt that was carried out, or None.

    :param call: calls an operation of the service.
    :param operation: the API's name.
    :param request: the request members.
    :param error: the fault of the repeated request.
    """
    fault_class, check = _CHECKS.get(operation, (None, None))
    if fault_class is None or check is None or not isinstance(error, fault_class):
        return None
    try:
        return check(call, request)
    except SWFError:
        return None
