"""One execution: why it is where it is, and its history from several sides."""

from __future__ import annotations

import json
import shlex
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from swf import payload
from swf.console.page import Page, Query, Redirect
from swf.console.pages.executions import age, row, trail
from swf.console.rendering import address
from swf.exceptions import SWFError
from swf.report import timeline as drawings
from swf.report.deadlines import deadlines
from swf.report.events import summary as describe
from swf.report.profile import profile
from swf.report.why import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from swf import WorkflowExecution
    from swf.console.site import Site
    from swf.models.event import Event
    from swf.models.history import History
    from swf.models.history.entity import Entity

#: The tabs of the page: address and title.
TABS: Final = (
    ("", "Summary"),
    ("timeline", "Timeline"),
    ("events", "Events"),
    ("activities", "Tasks"),
    ("pending", "Pending"),
    ("payloads", "Payloads"),
    ("family", "Family"),
)
#: Rows of events that are sent at a time.
CHUNK: Final = 250
#: Bars of a timeline; a longer history shows its last ones.
BARS: Final = 400
#: Payload members of events.
PAYLOADS: Final = ("input", "result", "details", "reason", "control", "executionContext")
MASK: Final = "(hidden)"


def newest(site: Site, query: Query) -> Redirect:
    """Lead to the open or, without an open one, the newest run of a workflow id."""
    execution = site.execution(query.path["domain"], query.path["workflow_id"], None)
    return Redirect(f"{_address(execution)}")


def summary(site: Site, query: Query) -> Page:
    """Show why the execution is where it is, and the facts about it."""
    execution, history = _load(site, query)
    explanation = why(history, site.now())
    run = history.execution
    started = run.started_at
    facts = {
        "Type": f"{run.workflow_type.name} {run.workflow_type.version}"
        if run.workflow_type
        else None,
        "Started": started and started.isoformat(),
        "Closed": run.closed_at and run.closed_at.isoformat(),
        "Duration": age((run.closed_at or site.now()) - started) if started else None,
        "Task list": execution.task_list,
        "Execution timeout": f"{execution.execution_timeout} s",
        "Decision task timeout": f"{execution.decision_tasks_timeout} s",
        "Child policy": execution.child_policy,
        "Tags": ", ".join(execution.tag_list or ()) or None,
        "Events": f"{len(history):,}",
        "Open": ", ".join(_open_counts(history)) or "nothing",
    }
    data = {
        "why": {
            "status": explanation.status,
            "sentences": [*explanation.ended, *explanation.waits, *explanation.troubles],
            "last_failure": explanation.last_failure,
        },
        "facts": {name: fact for name, fact in facts.items() if fact},
        "is_writable": site.options.is_writable,
    }
    return _page(site, "execution", execution, data, "show")


def timeline(site: Site, query: Query) -> Page:
    """Draw the attempts of the execution against time."""
    execution, history = _load(site, query)
    drawing = drawings.svg(history) if len(history) <= BARS * 20 else ""
    data = {"is_drawn": bool(drawing), "limit": BARS * 20}
    return _page(site, "timeline", execution, data, "timeline", markup={"drawing": drawing})


def events(site: Site, query: Query) -> Page:
    """List the events; rows follow in chunks when they are scrolled into view."""
    execution, history = _load(site, query)
    data = {
        **_event_rows(site, history, query),
        "search": query.text("q") or "",
        "only_failed": query.flag("failed"),
        "total": len(history),
    }
    return _page(site, "events", execution, data, "history")


def event_rows(site: Site, query: Query) -> Page:
    """Return one chunk of events as rows of a table."""
    execution, history = _load(site, query)
    return _page(site, "event_rows", execution, _event_rows(site, history, query), "history")


def activities(site: Site, query: Query) -> Page:
    """List every attempt of activities, children, Lambda functions and timers."""
    execution, history = _load(site, query)
    rows = [
        {
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
        for task in profile(history, site.now())
        if not query.flag("failed") or task.why
    ]
    page = query.number("page", 1, lowest=1, highest=10_000)
    data = {
        "tasks": rows[(page - 1) * CHUNK : page * CHUNK],
        "page_number": page,
        "has_more": len(rows) > page * CHUNK,
        "total": len(rows),
        "only_failed": query.flag("failed"),
    }
    return _page(site, "activities", execution, data, "tasks")


def pending(site: Site, query: Query) -> Page:
    """List the open work with its deadlines and the workers that hold it."""
    execution, history = _load(site, query)
    now = site.now()
    data = {
        "pending": list(islice(_pending(history), CHUNK)),
        "deadlines": [
            {"at": each.at.isoformat(), "in": age(each.at - now), "what": str(each)}
            for each in deadlines(history)[:CHUNK]
        ],
    }
    return _page(site, "pending", execution, data, "why")


def payloads(site: Site, query: Query) -> Page:
    """Show the payloads of one event, or offer to: they stay hidden until they are asked for."""
    execution, history = _load(site, query)
    number = query.number("event", 0, lowest=0, highest=10_000_000)
    texts = {}
    if number and number <= len(history):
        texts = _payloads(site, history.event(number))
    data = {"event": number, "payloads": texts, "total": len(history)}
    return _page(site, "payloads", execution, data, "history")


def family(site: Site, query: Query) -> Page:
    """Show the parent, the children and the runs before and after this one."""
    execution, history = _load(site, query)
    run, domain = history.execution, query.path["domain"]
    later = run.new_execution_run_id if run.close_status == "CONTINUED_AS_NEW" else None
    started = history.first.attributes
    parent = started.get("parentWorkflowExecution")
    earlier = started.get("continuedExecutionRunId")
    data = {
        "parent": _relative(parent["workflowId"], parent["runId"]) if parent else None,
        "earlier": _relative(execution.workflow_id, earlier) if earlier else None,
        "later": _relative(execution.workflow_id, later) if later else None,
        "children": [
            {**_relative(child.workflow_id, child.run_id or ""), "state": child.state}
            for child in islice(history.children.values(), CHUNK)
        ],
        "runs": [
            row(other, site.now())
            for other in site.domain(domain).executions.filter(
                status=None, workflow_id=execution.workflow_id
            )[:20]
        ],
    }
    return _page(site, "family", execution, data, "show")


def _load(site: Site, query: Query) -> tuple[WorkflowExecution, History]:
    path = query.path
    execution = site.execution(path["domain"], path["workflow_id"], path["run_id"])
    return execution, site.history(execution)


def _page(
    site: Site,
    template: str,
    execution: WorkflowExecution,
    data: dict[str, Any],
    verb: str,
    markup: dict[str, str] | None = None,
) -> Page:
    domain = execution.domain.name
    ids = f"{shlex.quote(execution.workflow_id)} {execution.run_id}"
    tab = "" if template == "execution" else template
    shared = {
        "domain": domain,
        "execution": row(execution, site.now()),
        "base": _address(execution),
        "tabs": [{"address": name, "title": title, "is_here": name == tab} for name, title in TABS],
        "is_open": execution.status == "OPEN",
    }
    command = f"swf execution {verb} {ids} --domain {shlex.quote(domain)}"
    if verb == "why":
        command = f"swf why {ids} --domain {shlex.quote(domain)}"
    return Page(
        template,
        execution.workflow_id,
        {**shared, **data},
        command,
        (*trail(domain), (execution.workflow_id, _address(execution))),
        markup=markup or {},
    )


def _address(execution: WorkflowExecution) -> str:
    ids = address(execution.workflow_id, execution.run_id or "")
    return f"/domains/{address(execution.domain.name)}/executions/{ids}"


def _event_rows(site: Site, history: History, query: Query) -> dict[str, Any]:
    """Return a chunk of events that match the search, from a given event on."""
    first = query.number("from", 1, lowest=1, highest=10_000_000)
    selected = _selected(history, first, (query.text("q") or "").lower(), query.flag("failed"))
    chunk = list(islice(selected, CHUNK + 1))
    return {
        "events": [_event(site, event) for event in chunk[:CHUNK]],
        "next": chunk[CHUNK].id if len(chunk) > CHUNK else None,
        "arguments": {k: v for k, v in query.arguments.items() if k in ("q", "failed") and v},
    }


def _selected(history: History, first: int, search: str, only_failed: bool) -> Iterator[Event]:
    for number in range(first, len(history) + 1):
        event = history.event(number)
        if only_failed and not _is_failure(event.name):
            continue
        if search and search not in _searched(event):
            continue
        yield event


def _searched(event: Event) -> str:
    return f"{event.name} {json.dumps(event.raw, default=str, ensure_ascii=False)}".lower()


def _is_failure(name: str) -> bool:
    return name.endswith(("Failed", "TimedOut", "Terminated"))


def _event(site: Site, event: Event) -> dict[str, Any]:
    text = describe(event)
    if site.options.is_redacted:
        text = " ".join(part for part in text.split() if part.isdecimal())
    return {
        "id": event.id,
        "time": event.timestamp.isoformat(),
        "name": event.name,
        "summary": text,
        "is_failure": _is_failure(event.name),
        "has_payload": any(name in event.attributes for name in PAYLOADS),
    }


def _payloads(site: Site, event: Event) -> dict[str, str]:
    texts = {}
    for name in PAYLOADS:
        text = event.attributes.get(name)
        if text is not None:
            texts[name] = MASK if site.options.is_redacted else _decoded(site, str(text))
    return texts


def _decoded(site: Site, text: str) -> str:
    """Return a payload as the codec reads it; text that the codec cannot read stays as it is."""
    if site.options.codec is None:
        return _indented(text)
    try:
        return json.dumps(payload.decode(text, site.options.codec), indent=2, default=repr)
    except SWFError as error:
        return f"{text}\n({error})"


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _open_counts(history: History) -> Iterable[str]:
    for name in ("activities", "timers", "children", "lambdas"):
        count = len(getattr(history, name).open)
        if count:
            yield f"{count:,} {name}"


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
