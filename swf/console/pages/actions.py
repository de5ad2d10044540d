"""Actions on executions: start one; signal, cancel, terminate, restart or rerun a selection.

An action first shows its plan: the effect on each execution, the rate and the command with the same
result. Only the form of that page carries it out.
"""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from attrs import frozen

from swf.console.code import find_code, plan_rerun
from swf.console.page import BadRequest, Page, Query, Redirect, address
from swf.console.pages.execution_lists import row, trail
from swf.exceptions import SWFError

if TYPE_CHECKING:
    from swf import WorkflowExecution
    from swf.console.site import Site

#: Maximum number of executions of one action.
LIMIT: Final = 500
#: Maximum number of executions whose effect a plan shows.
PLAN_ROWS: Final = 25
#: Default number of executions per second on AWS; a local service has no limit.
RATE: Final = 5
#: Maximum rate of a form, in executions per second.
MAX_RATE: Final = 1000.0


@frozen
class ExecutionAction:
    """A change of an execution that the console offers.

    :param apply: Carries it out.
    :param describe: Returns a description of its effect, without any change.
    """

    apply: Callable[[Site, WorkflowExecution, Query], object]
    describe: Callable[[Site, WorkflowExecution, Query], str]


def _signal(site: Site, execution: WorkflowExecution, query: Query) -> None:  # noqa: ARG001
    name = query.value("signal_name")
    if name is None:
        raise BadRequest("signal_name: give the name of the signal")
    execution.signal(name, query.value("input"))


def _if_open(effect: str) -> Callable[[Site, WorkflowExecution, Query], str]:
    """Return a description of an action that needs an open execution."""

    def describe(site: Site, execution: WorkflowExecution, query: Query) -> str:  # noqa: ARG001
        is_open = execution.status == "OPEN"
        return effect if is_open else f"nothing: it is closed ({execution.close_status})"

    return describe


def _describe_restart(site: Site, execution: WorkflowExecution, query: Query) -> str:  # noqa: ARG001
    _check_newest(execution)
    termination = "terminate it and " if execution.status == "OPEN" else ""
    return f"{termination}start it again with the same input"


def _restart(site: Site, execution: WorkflowExecution, query: Query) -> None:  # noqa: ARG001
    _check_newest(execution)
    execution.restart()


def _describe_rerun(site: Site, execution: WorkflowExecution, query: Query) -> str:
    _check_newest(execution)
    return _rerun(site, execution, query, dry_run=True)


def _apply_rerun(site: Site, execution: WorkflowExecution, query: Query) -> None:
    _check_newest(execution)
    _rerun(site, execution, query, dry_run=False)


def _rerun(site: Site, execution: WorkflowExecution, query: Query, *, dry_run: bool) -> str:
    """Plan a rerun and return a description of the plan; start it unless `dry_run` is set.

    :raises BadRequest: no code was named for the type, or the execution is open.
    """
    recording = site.histories.get(execution)
    code = find_code(site.options.codes, recording.full)
    if code is None:
        raise BadRequest("no code of this type was named; start the console with --code")
    if recording.full.execution.is_open:
        raise BadRequest("it is open; only a closed execution can be rerun")
    step = query.value("from") or query.text("from")
    try:
        return plan_rerun(code, execution, step, site.options.codec, dry_run=dry_run)
    except KeyError as error:
        raise BadRequest(str(error.args[0])) from error


def _check_newest(execution: WorkflowExecution) -> None:
    """Check that no newer run exists, so that a second action repeats nothing.

    :raises BadRequest: There is a newer run of the workflow id.
    """
    runs = execution.domain.executions.filter(status=None, workflow_id=execution.workflow_id)
    newest = runs.first()
    if newest is not None and newest.run_id != execution.run_id:
        status = newest.close_status or newest.status
        raise BadRequest(f"a newer run exists: {newest.run_id} ({status})")


ACTIONS: Final[dict[str, ExecutionAction]] = {
    "signal": ExecutionAction(_signal, _if_open("send the signal")),
    "cancel": ExecutionAction(
        lambda site, execution, query: execution.request_cancel(),  # noqa: ARG005
        _if_open("request its cancellation"),
    ),
    "terminate": ExecutionAction(
        lambda site, execution, query: execution.terminate(reason=query.value("reason")),  # noqa: ARG005
        _if_open("terminate it"),
    ),
    "restart": ExecutionAction(_restart, _describe_restart),
    "rerun": ExecutionAction(_apply_rerun, _describe_rerun),
}


def plan(site: Site, query: Query) -> Page:
    """Show the effect of an action on each execution of a selection."""
    domain, name = query.path["domain"], query.text("action") or ""
    action, keys = _find(name), list(dict.fromkeys(query.lists.get("execution", [])))
    _check_selection(keys)
    rows = []
    for key in keys[:PLAN_ROWS]:
        execution = site.execution_at(domain, key)
        rows.append(
            {**row(execution, site.now()), "effect": _effect(action, site, execution, query)}
        )
    rate = None if site.options.is_local else RATE
    data = {
        "domain": domain,
        "action": name,
        "executions": rows,
        "total": len(keys),
        "keys": keys,
        "from": query.text("from") or "",
        "rate": rate,
        "seconds": math.ceil(len(keys) / rate) if rate else 0,
        "is_writable": site.options.is_writable,
        "confirmation": site.confirmation(domain),
    }
    title = f"{name.capitalize()} executions"
    command = _command(domain, name, keys, query.text("from") or "")
    return Page("plan", title, data, command, trail(domain))


def _effect(action: ExecutionAction, site: Site, execution: WorkflowExecution, query: Query) -> str:
    try:
        return action.describe(site, execution, query)
    except (SWFError, BadRequest) as error:
        return f"nothing: {site.describe_error(error)}"


def carry_out(site: Site, query: Query) -> Redirect:
    """Carry an action out on each execution of a form, and report how many it reached."""
    domain, name = query.path["domain"], query.value("action") or ""
    action, keys = _find(name), list(dict.fromkeys(query.values("execution")))
    _check_selection(keys)
    if name == "signal" and query.value("signal_name") is None:
        raise BadRequest("signal_name: give the name of the signal")
    rate = _rate(query.value("rate"))
    site.check_writable(query.value("confirmation"), domain)
    done, failures = 0, []
    for key in _pace(keys, rate):
        workflow_id = unquote(key.partition("/")[0])
        try:
            action.apply(site, site.execution_at(domain, key), query)
            done += 1
        except (SWFError, BadRequest) as error:
            failures.append(f"{workflow_id}: {site.describe_error(error)}")
    notice = f"{name}: {done} done"
    if failures:
        notice += f", {len(failures)} failed, the first: {failures[0]}"
    return Redirect(f"/domains/{address(domain)}/executions", notice)


def _rate(text: str | None) -> float | None:
    """Return the rate of a form in executions per second; None for no limit."""
    if text is None:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate <= MAX_RATE:
        raise BadRequest(f"rate={text}: must be a number up to {MAX_RATE:g} per second")
    return rate


def _pace(keys: Iterable[str], rate: float | None) -> Iterator[str]:
    """Yield the items at a limited rate.

    :param rate: items per second; None for no limit.
    """
    due = time.monotonic()
    for key in keys:
        if rate is not None:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic()) + 1 / rate
        yield key


def start_form(site: Site, query: Query) -> Page:
    """Show the form that starts an execution."""
    domain = query.path["domain"]
    data: dict[str, Any] = {
        "domain": domain,
        "types": [
            {"name": each.name, "version": each.version, "key": address(each.name, each.version)}
            for each in site.domain(domain).workflow_types.filter(registration_status="REGISTERED")
        ],
        "is_writable": site.options.is_writable,
        "confirmation": site.confirmation(domain),
    }
    command = f"swf execution start NAME VERSION --domain {shlex.quote(domain)}"
    return Page("start", "Start an execution", data, command, trail(domain))


def start(site: Site, query: Query) -> Redirect:
    """Start an execution of a type: `name/version`, each percent-encoded."""
    domain = query.path["domain"]
    name, _, version = map(unquote, (query.value("type") or "").partition("/"))
    if not name or not version:
        raise BadRequest("type: choose a workflow type")
    site.check_writable(query.value("confirmation"), domain)
    workflow_type = site.domain(domain).workflow_types.get(name, version)
    execution = workflow_type.start_execution(
        query.value("workflow_id"),
        input=query.value("input"),
        tag_list=query.values("tag") or None,
    )
    ids = address(execution.workflow_id, execution.run_id or "")
    return Redirect(f"/domains/{address(domain)}/executions/{ids}", "started")


def _find(name: str) -> ExecutionAction:
    if name not in ACTIONS:
        raise BadRequest(f"action={name}: must be one of {', '.join(ACTIONS)}")
    return ACTIONS[name]


def _check_selection(keys: list[str]) -> None:
    """Check the executions that a form names, each by its quoted ids: `workflow id/run id`."""
    if not keys:
        raise BadRequest("Select at least one execution.")
    if len(keys) > LIMIT:
        raise BadRequest(f"{len(keys)} executions: at most {LIMIT} at a time; use the command")


def _command(domain: str, action: str, keys: list[str], step: str) -> str:
    workflow_id, _, run_id = map(unquote, keys[0].partition("/"))
    ids = " ".join(shlex.quote(each) for each in (workflow_id, run_id) if each)
    options = {"signal": " --name NAME", "rerun": " --code MODULE"}.get(action, "")
    if step:
        options += f" --from {shlex.quote(step)}"
    more = " # and so on" if len(keys) > 1 else ""
    return f"swf execution {action} {ids} --domain {shlex.quote(domain)}{options}{more}"
