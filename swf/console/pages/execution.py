"""The pages of one execution: its explanation, its history in several forms, its relatives."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from swf.console.histories import Subject, execution_address
from swf.console.page import Page, Query, Redirect, address
from swf.console.pages.execution_lists import age, row
from swf.models.history.invariants import check
from swf.report import timeline as drawings
from swf.report.children import blocking_path
from swf.report.deadlines import deadlines
from swf.report.formatting import count_noun
from swf.report.profile import KINDS, profile
from swf.report.why import task_lists, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from swf.console.site import Site
    from swf.models import WorkflowExecution
    from swf.models.history import History
    from swf.models.history.entity import Entity

#: The tabs of the page: address and title. The last one needs code that the operator named.
TABS: Final[tuple[tuple[str, str], ...]] = (
    ("", "Summary"),
    ("timeline", "Timeline"),
    ("events", "Events"),
    ("activities", "Tasks"),
    ("pending", "Pending"),
    ("payloads", "Payloads"),
    ("family", "Family"),
    ("code", "Code"),
)
#: Maximum number of rows in a response with a part of a table.
CHUNK: Final = 250
#: Timeouts that are also shown in larger units, in seconds.
LONG: Final = 600
#: Maximum number of events of a history that is drawn.
DRAWN_EVENTS: Final = 8000
#: Maximum number of contradictions of a history on the page.
VIOLATIONS: Final = 50


def newest(site: Site, query: Query) -> Redirect:
    """Redirect to the open run of a workflow id or, if none is open, to the newest one."""
    execution = site.execution(query.path["domain"], query.path["workflow_id"], None)
    return Redirect(execution_address(execution))


def summary(site: Site, query: Query) -> Page:
    """Explain the state of the execution, and show its settings and its outcome."""
    subject = site.subject(query)
    history = subject.history
    explanation = why(history, subject.now, _backlog(subject))
    facts = _facts(subject)
    data: dict[str, Any] = {
        "why": {
            "status": explanation.status,
            "sentences": [*explanation.ended, *explanation.waits, *explanation.troubles],
            "last_failure": explanation.last_failure,
        },
        "facts": {name: fact for name, fact in facts.items() if fact},
        "violations": None,
        "is_writable": site.options.is_writable and not subject.is_imported,
    }
    if subject.is_imported:
        violations = islice(check(subject.recording.full.raw), VIOLATIONS)
        data["violations"] = [str(violation) for violation in violations]
    return tab_page(site, "execution", subject, data, "execution show")


def _backlog(subject: Subject) -> dict[str, Any]:
    """Count the waiting tasks of the lists of an open execution: two calls for each list."""
    if subject.is_imported or not subject.history.execution.is_open:
        return {}
    domain = subject.execution.domain
    return {name: domain.count_pending_tasks(name) for name in task_lists(subject.history)}


def _facts(subject: Subject) -> dict[str, Any]:
    history = subject.history
    run, started = history.execution, history.execution.started_at
    kind = run.workflow_type
    return {
        "Type": f"{kind.name} {kind.version}" if kind else None,
        "Started": started and started.isoformat(),
        "Closed": run.closed_at and run.closed_at.isoformat(),
        "Duration": age((run.closed_at or subject.now) - started) if started else None,
        "Task list": run.task_list,
        "Execution timeout": _seconds(run.execution_timeout),
        "Decision task timeout": _seconds(run.decision_tasks_timeout),
        "Child policy": run.child_policy,
        "Tags": ", ".join(run.tag_list or ()),
        "Events": f"{len(history):,}",
        "Open": ", ".join(_open_counts(history)) or "nothing",
    }


def _seconds(timeout: int | str | None) -> str | None:
    """Return a timeout, a long one also in larger units; `NONE` and None have no unit."""
    if not isinstance(timeout, int):
        return timeout
    text = f"{timeout:,} s"
    return text if timeout < LONG else f"{text} ({age(timedelta(seconds=timeout))})"


def timeline(site: Site, query: Query) -> Page:
    """Draw the attempts of the execution against time."""
    subject = site.subject(query)
    is_drawn = len(subject.history) <= DRAWN_EVENTS
    drawing = drawings.svg(subject.history) if is_drawn else ""
    data = {"is_drawn": is_drawn, "limit": DRAWN_EVENTS}
    return tab_page(site, "timeline", subject, data, "execution timeline", {"drawing": drawing})


def activities(site: Site, query: Query) -> Page:
    """List every attempt of activities, children, Lambda functions and timers."""
    subject = site.subject(query)
    only_failed = query.flag("failed")
    page = query.number("page", 1, lowest=1, highest=10_000)
    tasks = [task for task in profile(subject.history, subject.now) if not only_failed or task.why]
    data = {
        "tasks": [_task(task) for task in tasks[(page - 1) * CHUNK : page * CHUNK]],
        "page_number": page,
        "has_more": len(tasks) > page * CHUNK,
        "total": len(tasks),
        "only_failed": only_failed,
    }
    return tab_page(site, "activities", subject, data, "execution tasks")


def _task(task: Any) -> dict[str, Any]:
    return {
        "task": task.task,
        "kind": task.kind,
        "name": task.name or "",
        "attempt": task.attempt,
        "state": task.last_state,
        "scheduled": task.scheduled and task.scheduled.isoformat(),
        "waited": age(task.time_scheduled) if task.time_scheduled is not None else "",
        "ran": age(task.time_running) if task.time_running is not None else "",
        "why": task.why or "",
    }


def pending(site: Site, query: Query) -> Page:
    """List the open work with its deadlines and the workers that hold it."""
    subject = site.subject(query)
    data = {
        "pending": list(islice(_pending(subject.history), CHUNK)),
        "deadlines": [
            {"at": each.at.isoformat(), "in": _until(each.at, subject.now), "what": str(each)}
            for each in deadlines(subject.history)[:CHUNK]
        ],
    }
    return tab_page(site, "pending", subject, data, "why")


def _until(time: datetime, now: datetime) -> str:
    """Return the distance of a time from now."""
    return f"in {age(time - now)}" if time >= now else f"{age(now - time)} ago"


def family(site: Site, query: Query) -> Page:
    """Show the parent, the children and the runs before and after this one."""
    subject = site.subject(query)
    history, workflow_id = subject.history, subject.execution.workflow_id
    run = history.execution
    parent, earlier, later = run.parent, run.continued_execution_run_id, run.new_execution_run_id
    path = [] if subject.is_imported else _blocking_path(site, subject)
    data = {
        "blocking": [_relative(each.workflow_id, each.run_id or "") for each in path],
        "waits": list(why(site.history(path[-1]), subject.now).waits) if path else [],
        "parent": _relative(parent.workflow_id, parent.run_id) if parent else None,
        "earlier": _relative(workflow_id, earlier) if earlier else None,
        "later": _relative(workflow_id, later) if later else None,
        "children": [
            {**_relative(child.workflow_id, child.run_id or ""), "state": child.state}
            for child in islice(history.children.values(), CHUNK)
        ],
        "runs": [] if subject.is_imported else _runs(site, subject),
    }
    return tab_page(site, "family", subject, data, "execution show")


def _blocking_path(site: Site, subject: Subject) -> list[WorkflowExecution]:
    """Return the open descendants that the execution waits for, without itself."""
    return blocking_path(subject.execution, site.history)[1:]


def _runs(site: Site, subject: Subject) -> list[dict[str, Any]]:
    execution = subject.execution
    executions = execution.domain.executions.filter(status=None, workflow_id=execution.workflow_id)
    return [row(each, site.now()) for each in executions[:20]]


def tab_page(
    site: Site,
    template: str,
    subject: Subject,
    data: dict[str, Any],
    verb: str,
    markup: dict[str, str] | None = None,
) -> Page:
    """Return a tab of the page of an execution.

    :param template: the name of the template: the address of the tab, except for the first one.
    :param verb: the command with the same result, without `swf` and ids.
    """
    tab = "" if template == "execution" else template
    tabs = [each for each in TABS if each[0] != "code" or site.options.codes]
    run = subject.history.execution
    kind, workflow_id = run.workflow_type, subject.execution.workflow_id
    shared = {
        "domain": subject.execution.domain.name,
        "execution": {
            "workflow_id": workflow_id,
            "run_id": subject.execution.run_id,
            "type": kind.name if kind else "",
            "version": kind.version if kind else "",
            "state": run.close_status or run.status,
            "started": run.started_at and run.started_at.isoformat(),
            "closed": run.closed_at and run.closed_at.isoformat(),
            "tags": list(run.tag_list or ()),
            "address": address(workflow_id, subject.execution.run_id or ""),
        },
        "base": subject.base,
        "tabs": [{"address": name, "title": title, "is_here": name == tab} for name, title in tabs],
        "is_open": run.is_open and not subject.is_imported,
        "total_events": len(subject.history),
        "live": site.tails.describe(),
        "is_imported": subject.is_imported,
    }
    return Page(
        template,
        workflow_id,
        {**shared, **data},
        subject.command(verb),
        subject.trail,
        markup=markup or {},
    )


def _open_counts(history: History) -> Iterable[str]:
    for view, kind in KINDS.items():
        count = len(getattr(history, view).open)
        if count:
            yield f"1 {count_noun(kind, 1)}" if count == 1 else count_noun(kind, count)


def _pending(history: History) -> Iterator[dict[str, Any]]:
    views: dict[str, Sequence[Entity]] = {
        "decision task": history.open_decision_tasks,
        "activity": history.open_activities,
        "child": history.open_children,
        "Lambda function": history.open_lambdas,
        "timer": history.open_timers,
    }
    for kind, entities in views.items():
        for entity in entities:
            since = entity.started_at or entity.opened_at
            yield {
                "kind": kind,
                "id": str(entity.id),
                "state": entity.state,
                "since": since and since.isoformat(),
                "task_list": getattr(entity, "task_list", None) or "",
                "worker": getattr(entity, "identity", None) or "",
            }


def _relative(workflow_id: str, run_id: str) -> dict[str, str]:
    ids = address(workflow_id, run_id) if run_id else address(workflow_id)
    return {"workflow_id": workflow_id, "run_id": run_id, "address": ids}
