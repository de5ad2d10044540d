"""The executions of a domain: a filtered list, failures grouped by reason, and stuck executions."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from swf.console.page import Page, Query, address
from swf.report.groups import outcome_group, wait_group
from swf.report.why import why
from swf.text import format_duration

if TYPE_CHECKING:
    from swf import WorkflowExecution
    from swf.console.site import Site

#: Default number of rows of a page.
ROWS: Final = 50
#: Maximum number of histories that the page of stuck executions reads.
STUCK: Final = 50
#: Maximum number of closed executions of each status that the page of failures reads.
FAILURES: Final = 100
#: Groups with an example; on the page about failures each costs a history.
EXAMPLES: Final = 20
#: Maximum number of executions that a group lists.
MEMBERS: Final = 5

#: Argument of the address -> lookup of the queryset and option of the command.
FILTERS: Final = {
    "status": ("status", "--status"),
    "close_status": ("close_status", "--close-status"),
    "type": ("workflow_type_name", "--type"),
    "version": ("workflow_type_version", "--version"),
    "tag": ("tag", "--tag"),
    "id": ("workflow_id__startswith", "--where"),
}
#: Order of the list -> its title.
SORTS: Final = {
    "-start_timestamp": "newest start",
    "start_timestamp": "oldest start",
    "workflow_id": "workflow id",
    "-close_timestamp": "newest close",
}


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
        "sort": sort or "-start_timestamp",
        "sorts": SORTS,
        "explanation": str(matches.explain()),
        "arguments": {k: v for k, v in query.arguments.items() if k != "page" and v},
    }
    return Page(
        "executions", f"Executions of {domain}", data, _command(domain, query), trail(domain)
    )


def failures(site: Site, query: Query) -> Page:
    """Group the newest failed executions by type and reason; reading a reason costs a call."""
    domain = query.path["domain"]
    days = query.number("days", 1, lowest=1, highest=90)
    since = site.now() - timedelta(days=days)
    matches = site.domain(domain).executions.filter(close_oldest_date=since)
    groups: dict[str, list[WorkflowExecution]] = defaultdict(list)
    reasons: dict[str, str] = {}
    for status in ("FAILED", "TIMED_OUT"):
        for execution in matches.filter(close_status=status)[:FAILURES]:
            reason = site.close_reason(execution)
            group = outcome_group(execution, reason)
            groups[group].append(execution)
            reasons[group] = reason
    data = {
        "domain": domain,
        "days": days,
        "limit": FAILURES,
        "groups": [
            _failure_group(site, members, reasons[name], has_example=number < EXAMPLES)
            for number, (name, members) in enumerate(_largest_first(groups))
        ],
    }
    command = (
        f"swf failures --domain {shlex.quote(domain)} --closed-since {days}d "
        "--close-status failed --close-status timed_out"
    )
    return Page("failures", f"Failures of {domain}", data, command, trail(domain))


def _failure_group(
    site: Site, members: list[WorkflowExecution], reason: str, *, has_example: bool
) -> dict[str, Any]:
    newest, now = members[0], site.now()
    last_failure = why(site.history(newest), now).last_failure if has_example else None
    rows = [row(execution, now) for execution in members[:MEMBERS]]
    return {
        "type": f"{rows[0]['type']} {rows[0]['version']}",
        "state": newest.close_status,
        "count": len(members),
        "reason": reason,
        "last_failure": last_failure or "",
        "executions": rows,
    }


def stuck(site: Site, query: Query) -> Page:
    """Group the oldest open executions by their waits; each costs a history."""
    domain = query.path["domain"]
    opened = site.domain(domain).executions.filter(status="OPEN").order_by("start_timestamp")
    groups: dict[str, list[WorkflowExecution]] = defaultdict(list)
    for execution in opened[:STUCK]:
        groups[wait_group(site.history(execution))].append(execution)
    now = site.now()
    data = {
        "domain": domain,
        "limit": STUCK,
        "groups": [
            {
                "waits_for": name,
                "count": len(members),
                "example": " ".join(why(site.history(members[0]), now).waits),
                "executions": [row(execution, now) for execution in members[:MEMBERS]],
            }
            for name, members in _largest_first(groups)
        ],
    }
    command = f"swf stuck --domain {shlex.quote(domain)}"
    return Page("stuck", f"Oldest open executions of {domain}", data, command, trail(domain))


def _largest_first(
    groups: dict[str, list[WorkflowExecution]],
) -> Iterable[tuple[str, list[WorkflowExecution]]]:
    return sorted(groups.items(), key=lambda item: -len(item[1]))


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
    """Return a duration in words; a negative one, of clocks that differ, is zero."""
    return format_duration(max(duration, timedelta(0)))


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
    words = ["swf execution list --domain", shlex.quote(domain)]
    if not (query.text("status") or query.text("close_status")):
        words.append("--all")
    for name, (_, option) in FILTERS.items():
        text = query.text(name)
        if text:
            value = _starts_with(text) if name == "id" else text
            words.append(f"{option} {shlex.quote(value)}")
    if query.text("since"):
        words.append(f"--since {query.text('since')}d")
    if query.text("sort"):
        words.append(f"--sort={shlex.quote(query.text('sort') or '')}")
    return " ".join(words)


def _starts_with(prefix: str) -> str:
    """Return the expression of `--where` for ids with a prefix."""
    pattern = re.escape(prefix).replace("/", r"\/")
    return f"workflow_id ~ /^{pattern}/"
