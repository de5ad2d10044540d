"""Operations on one execution: start, signal, cancel, terminate, describe, history.

Source: API Reference, StartWorkflowExecution and the operations named after it.
"""

from typing import Any

from swf.local import limits
from swf.local.children import start_run
from swf.local.domains import registered_domain
from swf.local.entities import Execution
from swf.local.faults import Fault
from swf.local.paging import Paging
from swf.local.registry import DEPRECATED
from swf.local.settings import SettingMissing, resolve
from swf.local.step import EngineStep
from swf.local.types import WORKFLOW, find_type

Params = dict[str, Any]


def _start(step: EngineStep, params: Params) -> dict[str, Any]:
    """Start an execution; refuse it if its workflow id has an open one."""
    name, workflow_id = params["domain"], params["workflowId"]
    domain = registered_domain(step.state, name)
    workflow_type = find_type(step.state, WORKFLOW, name, params["workflowType"])
    if workflow_type.status == DEPRECATED:
        raise Fault("TypeDeprecatedFault", WORKFLOW.describe(*workflow_type.key))
    try:
        settings = resolve(params, workflow_type)
    except SettingMissing as missing:
        raise Fault("DefaultUndefinedFault", missing.default) from None
    if workflow_id in domain.open_runs:
        raise Fault("WorkflowExecutionAlreadyStartedFault", "Already Started")
    if step.state.limits != "off" and len(domain.open_runs) >= limits.OPEN_EXECUTIONS_PER_DOMAIN:
        message = f"A domain has at most {limits.OPEN_EXECUTIONS_PER_DOMAIN} open executions"
        raise Fault("LimitExceededFault", message)
    return {"runId": start_run(step, name, workflow_id, settings).run_id}


def _find_open(step: EngineStep, params: Params) -> Execution:
    step.state.domain(params["domain"])
    return step.state.find_open(params["domain"], params["workflowId"], params.get("runId"))


def throttle(step: EngineStep, operation: str, execution: Execution) -> None:
    """Take a token from the bucket of an execution for an operation.

    :param operation: the operation of the API.
    :param execution: the execution whose bucket of tokens is used.
    :raises Fault: ThrottlingException if the bucket is empty.
    """
    rate = limits.EXECUTION_RATES[operation]
    if not step.has_token((operation, execution.run_id), rate):
        raise Fault("ThrottlingException", "Rate exceeded")


def _signal(step: EngineStep, params: Params) -> None:
    """Append a signal; signals may repeat."""
    execution = _find_open(step, params)
    throttle(step, "SignalWorkflowExecution", execution)
    step.trigger(
        execution,
        "WorkflowExecutionSignaled",
        externalInitiatedEventId=0,
        input=params.get("input"),
        signalName=params["signalName"],
    )


def _request_cancel(step: EngineStep, params: Params) -> None:
    """Append a cancel request, on which the decider acts."""
    execution = _find_open(step, params)
    throttle(step, "RequestCancelWorkflowExecution", execution)
    step.trigger(execution, "WorkflowExecutionCancelRequested", externalInitiatedEventId=0)


def _terminate(step: EngineStep, params: Params) -> None:
    """Close an execution at once, with the child policy of the request or its own."""
    execution = _find_open(step, params)
    step.append(
        execution,
        "WorkflowExecutionTerminated",
        cause="OPERATOR_INITIATED",
        childPolicy=params.get("childPolicy", execution.settings["childPolicy"]),
        details=params.get("details"),
        reason=params.get("reason"),
    )


def _find(step: EngineStep, params: Params) -> Execution:
    step.state.domain(params["domain"])
    reference = params["execution"]
    return step.state.run(params["domain"], reference["workflowId"], reference["runId"])


CONFIGURATION = (
    "childPolicy",
    "executionStartToCloseTimeout",
    "lambdaRole",
    "taskList",
    "taskPriority",
    "taskStartToCloseTimeout",
)


def _describe(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return the information, configuration and open counts of a run."""
    execution = _find(step, params)
    settings = execution.settings
    description = {
        "executionConfiguration": {
            name: settings[name] for name in CONFIGURATION if name in settings
        },
        "executionInfo": execution_info(execution),
        "openCounts": execution.open_counts(),
        "latestActivityTaskTimestamp": execution.latest_activity_timestamp,
        "latestExecutionContext": execution.latest_context,
    }
    return {name: value for name, value in description.items() if value is not None}


def execution_info(execution: Execution) -> dict[str, Any]:
    """Return the WorkflowExecutionInfo of an execution; fast, for pages of a thousand."""
    settings = execution.settings
    info = {
        "cancelRequested": execution.cancel_requested,
        "execution": execution.reference,
        "executionStatus": "OPEN" if execution.is_open else "CLOSED",
        "startTimestamp": execution.start_timestamp,
        "workflowType": execution.workflow_type,
    }
    if not execution.is_open:
        info["closeStatus"] = execution.close_status
        info["closeTimestamp"] = execution.close_timestamp
    if "parentWorkflowExecution" in settings:
        info["parent"] = settings["parentWorkflowExecution"]
    if "tagList" in settings:
        info["tagList"] = settings["tagList"]
    return info


def _history(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a page of a run's events, oldest first unless `reverseOrder` is set."""
    paging = Paging(step, "GetWorkflowExecutionHistory", params)
    execution = _find(step, params)
    throttle(step, "GetWorkflowExecutionHistory", execution)
    newest_first = params.get("reverseOrder", False)
    last = len(execution.history)
    start_id = paging.cursor if paging.cursor is not None else (last if newest_first else 1)
    events, cursor = page_of_events(execution, (1, last), start_id, paging.size, newest_first)
    return paging.response({"events": events}, cursor)


def page_of_events(
    execution: Execution, bounds: tuple[int, int], start_id: int, size: int, newest_first: bool
) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of events and the first event id of the next page, None on the last page.

    :param bounds: the first and the last event id of all pages.
    :param start_id: the event id with which the page starts.
    :param size: maximum number of events.
    """
    first, last = bounds
    if newest_first:
        low = max(start_id - size + 1, first)
        return execution.history.between(low, start_id)[::-1], low - 1 if low > first else None
    high = min(start_id + size - 1, last)
    return execution.history.between(start_id, high), high + 1 if high < last else None


OPERATIONS = {
    "StartWorkflowExecution": _start,
    "SignalWorkflowExecution": _signal,
    "RequestCancelWorkflowExecution": _request_cancel,
    "TerminateWorkflowExecution": _terminate,
    "DescribeWorkflowExecution": _describe,
    "GetWorkflowExecutionHistory": _history,
}
