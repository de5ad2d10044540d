"""Operations that list and count executions and pending tasks.

Source: API Reference, ListOpenWorkflowExecutions, ListClosedWorkflowExecutions and the counts.
"""

import math
from typing import Any, NamedTuple

from swf.local.execution_operations import execution_info
from swf.local.faults import invalid
from swf.local.paging import Paging
from swf.local.step import EngineStep
from swf.local.visibility import ExecutionIndex, Filter

Params = dict[str, Any]

EXCLUSIVE = ("executionFilter", "typeFilter", "tagFilter", "closeStatusFilter")


class ExecutionQuery(NamedTuple):
    """A query for executions: an index, one filter and a time range."""

    executions: ExecutionIndex
    filter: Filter
    oldest: float
    latest: float


def _filter(params: Params) -> Filter:
    names = [name for name in EXCLUSIVE if name in params]
    if len(names) > 1:
        raise invalid(
            "Cannot specify more than one exclusive filters in the same query: "
            f"[{', '.join(names)}]"
        )
    if not names:
        return ("all",)
    value = params[names[0]]
    if names[0] == "typeFilter":
        by_name = ("type", value["name"])
        return (*by_name, value["version"]) if "version" in value else by_name
    kind, member = {
        "executionFilter": ("workflow", "workflowId"),
        "tagFilter": ("tag", "tag"),
        "closeStatusFilter": ("status", "status"),
    }[names[0]]
    return (kind, value[member])


def _open_query(step: EngineStep, params: Params) -> ExecutionQuery:
    query_filter = _filter(params)
    visibility = step.state.domain(params["domain"]).visibility
    return ExecutionQuery(visibility.open, query_filter, *_times(params["startTimeFilter"]))


def _closed_query(step: EngineStep, params: Params) -> ExecutionQuery:
    query_filter = _filter(params)
    by_start, by_close = params.get("startTimeFilter"), params.get("closeTimeFilter")
    if by_start is not None and by_close is not None:
        raise invalid("Cannot specify both a startTimeFilter and a closeTimeFilter")
    if by_start is None and by_close is None:
        raise invalid("Must specify time filter")
    visibility = step.state.domain(params["domain"]).visibility
    if by_start is not None:
        return ExecutionQuery(visibility.by_start, query_filter, *_times(by_start))
    return ExecutionQuery(visibility.by_close, query_filter, *_times(by_close or {}))


def _times(time_filter: Params) -> tuple[float, float]:
    return time_filter["oldestDate"], time_filter.get("latestDate", math.inf)


def _page(
    step: EngineStep, paging: Paging, params: Params, query: ExecutionQuery
) -> dict[str, Any]:
    beyond = None if paging.cursor is None else (paging.cursor[0], paging.cursor[1])
    keys, more = query.executions.page(
        query.filter,
        (query.oldest, query.latest),
        paging.size,
        params.get("reverseOrder", False),
        beyond,
    )
    executions = step.state.executions
    infos = [execution_info(executions[run_id]) for _, run_id in keys]
    return paging.response({"executionInfos": infos}, keys[-1] if more else None)


def _count(query: ExecutionQuery) -> dict[str, Any]:
    count = query.executions.count(query.filter, query.oldest, query.latest)
    return {"count": count, "truncated": False}


def _list_open(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a page of open executions, by start time."""
    paging = Paging(step, "ListOpenWorkflowExecutions", params)
    return _page(step, paging, params, _open_query(step, params))


def _list_closed(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a page of closed executions, by the time of the time filter."""
    paging = Paging(step, "ListClosedWorkflowExecutions", params)
    return _page(step, paging, params, _closed_query(step, params))


def _count_open(step: EngineStep, params: Params) -> dict[str, Any]:
    """Count open executions."""
    return _count(_open_query(step, params))


def _count_closed(step: EngineStep, params: Params) -> dict[str, Any]:
    """Count closed executions."""
    return _count(_closed_query(step, params))


def _count_pending_activity_tasks(step: EngineStep, params: Params) -> dict[str, Any]:
    """Count the scheduled activity tasks of a task list."""
    return _count_pending(step, "activity", params)


def _count_pending_decision_tasks(step: EngineStep, params: Params) -> dict[str, Any]:
    """Count the scheduled decision tasks of a task list, including those behind a started one."""
    return _count_pending(step, "decision", params)


def _count_pending(step: EngineStep, kind: str, params: Params) -> dict[str, Any]:
    domain = params["domain"]
    step.state.domain(domain)
    key = (kind, domain, params["taskList"]["name"])
    return {"count": step.state.task_lists.pending(key), "truncated": False}


OPERATIONS = {
    "ListOpenWorkflowExecutions": _list_open,
    "ListClosedWorkflowExecutions": _list_closed,
    "CountOpenWorkflowExecutions": _count_open,
    "CountClosedWorkflowExecutions": _count_closed,
    "CountPendingActivityTasks": _count_pending_activity_tasks,
    "CountPendingDecisionTasks": _count_pending_decision_tasks,
}
