"""Actions on executions: start one; signal, cancel, terminate or restart one or a selection.

An action on a selection first shows its plan: which executions it concerns and the command that
does the same. Only the form of that page carries it out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from swf.console.page import BadRequest, Page, Query, Redirect, address
from swf.console.pages.executions import row, trail
from swf.exceptions import SWFError

if TYPE_CHECKING:
    from swf import WorkflowExecution
    from swf.console.site import Site

#: Executions of one action.
LIMIT: Final = 500


def _signal(execution: WorkflowExecution, query: Query) -> None:
    name = query.value("signal_name")
    if name is None:
        raise BadRequest("signal_name: give the name of the signal")
    execution.signal(name, query.value("input"))


def _cancel(execution: WorkflowExecution, query: Query) -> None:  # noqa: ARG001 - as the others
    execution.request_cancel()


def _terminate(execution: WorkflowExecution, query: Query) -> None:
    execution.terminate(reason=query.value("reason"))


ACTIONS: Final[dict[str, Callable[[WorkflowExecution, Query], None]]] = {
    "signal": _signal,
    "cancel": _cancel,
    "terminate": _terminate,
}


def plan(site: Site, query: Query) -> Page:
    """Show which executions an action would concern."""
    domain, action = query.path["domain"], query.text("action") or ""
    _check(action)
    selection = _selection(site, domain, query.lists.get("execution", []))
    data = {
        "domain": domain,
        "action": action,
        "executions": [row(each, site.now()) for each in selection],
        "keys": query.lists.get("execution", []),
        "is_writable": site.options.is_writable,
        "confirms": not site.options.is_local,
    }
    return Page(
        "plan",
        f"{action.capitalize()} executions",
        data,
        _command(domain, action, selection),
        trail(domain),
    )


def carry_out(site: Site, query: Query) -> Redirect:
    """Carry an action out on each execution of a form, and report how many it reached."""
    domain, action = query.path["domain"], query.value("action") or ""
    _check(action)
    site.check_writable(query.value("confirmation"), domain)
    done, failed = 0, []
    for execution in _selection(site, domain, query.values("execution")):
        try:
            ACTIONS[action](execution, query)
            done += 1
        except SWFError as error:  # noqa: PERF203 - the others are still carried out
            failed.append(f"{execution.workflow_id}: {error}")
    notice = f"{action}: {done} done"
    if failed:
        notice += f", {len(failed)} failed, the first: {failed[0]}"
    return Redirect(f"/domains/{address(domain)}/executions", notice)


def start_form(site: Site, query: Query) -> Page:
    """Show the form that starts an execution."""
    domain = query.path["domain"]
    data = {
        "domain": domain,
        "types": [
            {"name": each.name, "version": each.version}
            for each in site.domain(domain).workflow_types.filter(registration_status="REGISTERED")
        ],
        "is_writable": site.options.is_writable,
        "confirms": not site.options.is_local,
    }
    command = f"swf execution start NAME VERSION --domain {shlex.quote(domain)}"
    return Page("start", "Start an execution", data, command, trail(domain))


def start(site: Site, query: Query) -> Redirect:
    """Start an execution of a type."""
    domain = query.path["domain"]
    site.check_writable(query.value("confirmation"), domain)
    name, _, version = (query.value("type") or "").rpartition(" ")
    if not name:
        raise BadRequest("type: choose a workflow type")
    workflow_type = site.domain(domain).workflow_types.get(name, version)
    execution = workflow_type.start_execution(
        query.value("workflow_id"),
        input=query.value("input"),
        tag_list=query.values("tag") or None,
    )
    ids = address(execution.workflow_id, execution.run_id or "")
    return Redirect(f"/domains/{address(domain)}/executions/{ids}", "started")


def _check(action: str) -> None:
    if action not in ACTIONS:
        raise BadRequest(f"action={action}: must be one of {', '.join(ACTIONS)}")


def _selection(site: Site, domain: str, keys: list[str]) -> list[WorkflowExecution]:
    """Return the executions that a form names, each by its quoted ids: `workflow id/run id`."""
    if not keys:
        raise BadRequest("Select at least one execution.")
    if len(keys) > LIMIT:
        raise BadRequest(f"{len(keys)} executions: at most {LIMIT} at a time; use the command")
    return [site.execution_at(domain, key) for key in keys]


def _command(domain: str, action: str, selection: list[WorkflowExecution]) -> str:
    ids = (f"{shlex.quote(each.workflow_id)} {each.run_id}" for each in selection[:1])
    more = " # and so on" if len(selection) > 1 else ""
    return f"swf execution {action} {' '.join(ids)} --domain {shlex.quote(domain)}{more}"
