"""The executions of a domain: a filtered list, failures grouped by reason, and stuck executions."""

from __future__ import annotations

import shlex
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from swf.console.page import Page, Query, address
from swf.report.why import why

if TYPE_CHECKING:
    from swf import WorkflowExecution
    from swf.console.site import Site

#: Default number of rows of a page.
ROWS: Final = 50
#: Open executions whose histories the page about stuck ones reads.
STUCK: Final = 25
#: Closed executions that the page about failures groups.
FAILURES: Final = 500

#: Argument of the address -> lookup of the queryset and option of the command.
FILTERS: Final = {
    "status": ("status", "--status"),
    "close_status": ("close_status", "--close-status"),
    "type": ("workflow_type_name", "--type"),
    "version": ("workflow_type_version", "--version"),
    "tag": ("tag", "--tag"),
    "id": ("workflow_id__startswith", "--id"),
}
SORTS: Final = ("-start_timestamp", "start_timestamp", "workflow_id", "-close_timestamp")


def executions(site: Site, query: Query) -> Page:
    """List executions, open and closed together, the newest first unless sorted otherwise."""
    domain = query.path["domain"]
    page = query.number("page", 1, lowest=1, highest=10_000)
    rows = query.number("rows", ROWS, lowest=1, highest=1000)
    matches = site.domain(domain).executions.filter(**_lookups(query))
    sort = query.text("sort")
    if sort in SORTS:
        matches = matches.order_by(sort)
    listed = list(matches[(page - 1) * rows : page * rows + 1])
    data = {
        "domain": domain,
        "executions": [row(execution, site.now()) for execution in listed[:rows]],
        "page_number": page,
        "has_more": len(listed) > rows,
        "filters": {name: query.text(name) or "" for name in (*FILTERS, "since")},
        "sort": sort or SORTS[0],
        "sorts": list(SORTS),
        "explanation": str(matches.explain()),
        "arguments": {k: v for k, v in query.arguments.items() if k != "page" and v},
    }
    return Page(
        "executions", f"Executions of {domain}", data, _command(domain, query), trail(domain)
    )


def failures(site: Site, query: Query) -> Page:
    """Group the newest failed executions by type and reason; a history is read for each group."""
    domain = query.path["domain"]
    since = site.now() - timedelta(days=query.number("days", 1, lowest=1, highest=90))
    executions = site.domain(domain).executions
    groups: dict[tuple[str, str], list[WorkflowExecution]] = defaultdict(list)
    for status in ("FAILED", "TIMED_OUT"):
        for execution in executions.filter(close_status=status, close_oldest_date=since)[:FAILURES]:
            groups[execution.workflow_type.name, status].append(execution)
    data = {
        "domain": domain,
        "groups": [_failure_group(site, key, members) for key, members in sorted(groups.items())],
    }
    command = f"swf execution list --domain {shlex.quote(domain)} --close-status FAILED"
    return Page("failures", f"Failures of {domain}", data, command, trail(domain))


def stuck(site: Site, query: Query) -> Page:
    """Explain the waits of the oldest open executions; each costs a history."""
    domain = query.path["domain"]
    opened = site.domain(domain).executions.filter(status="OPEN").order_by("start_timestamp")
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    now = site.now()
    for execution in opened[:STUCK]:
        explanation = why(site.history(execution), now)
        groups[" ".join(explanation.waits) or "Nothing is open."].append(row(execution, now))
    data = {
        "domain": domain,
        "limit": STUCK,
        "groups": [{"waits": waits, "executions": rows} for waits, rows in groups.items()],
    }
    return Page("stuck", f"Oldest open executions of {domain}", data, None, trail(domain))


def row(execution: WorkflowExecution, now: datetime) -> dict[str, Any]:
    """Return the row of an execution in a list."""
    kind = execution.workflow_type
    started, closed = execution.start_timestamp, execution.close_timestamp
    return {
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "type": kind.name if kind else "",
        "version": kind.version if kind else "",
        "state": execution.close_status or execution.status,
        "started": started.isoformat() if started else None,
        "closed": closed.isoformat() if closed else None,
        "age": age((closed or now) - started) if started else "",
        "tags": list(execution.tag_list or ()),
        "address": address(execution.workflow_id, execution.run_id or ""),
    }


def age(duration: timedelta) -> str:
    """Return a duration in its two largest units."""
    seconds = max(0, int(duration.total_seconds()))
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def trail(domain: str) -> tuple[tuple[str, str], ...]:
    """Return the pages above one of a domain."""
    return (("Domains", "/"), (domain, f"/domains/{address(domain)}"))


def _lookups(query: Query) -> dict[str, Any]:
    lookups: dict[str, Any] = {
        lookup: text for name, (lookup, _) in FILTERS.items() if (text := query.text(name))
    }
    if query.text("since"):
        days = query.number("since", 1, lowest=1, highest=3650)
        lookups["start_oldest_date"] = timedelta(days=days)
    return lookups


def _command(domain: str, query: Query) -> str:
    options = [
        f"{option} {shlex.quote(text)}"
        for name, (_, option) in FILTERS.items()
        if (text := query.text(name))
    ]
    everything = [] if query.text("status") or query.text("close_status") else ["--all"]
    return " ".join(["swf execution list --domain", shlex.quote(domain), *everything, *options])


def _failure_group(
    site: Site, key: tuple[str, str], members: list[WorkflowExecution]
) -> dict[str, Any]:
    name, status = key
    history = site.history(members[0])
    return {
        "type": name,
        "state": status,
        "count": len(members),
        "reason": history.execution.reason or "",
        "last_failure": why(history, site.now()).last_failure or "",
        "executions": [row(execution, site.now()) for execution in members[:5]],
    }
