"""Task lists: how many tasks wait on each, since when, and which workers were seen on it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from swf.console.page import Page, Query
from swf.console.pages.execution_lists import age, trail
from swf.report.workload import ObservedList, Workload

if TYPE_CHECKING:
    from swf.console.site import Site

#: Maximum number of open executions whose histories are read to find lists and workers.
SAMPLE: Final = 25
#: Maximum number of task lists to count, with two calls each.
COUNTED: Final = 20


def task_lists(site: Site, query: Query) -> Page:
    """Show the lists that the oldest open executions use.

    Workers are those that histories name. A local service also knows the polls that wait now.
    """
    name = query.path["domain"]
    domain = site.domain(name)
    opened = domain.executions.filter(status="OPEN").order_by("start_timestamp")
    workload = Workload()
    for execution in opened[:SAMPLE]:
        workload.add(site.history(execution).raw)
    for list_name in query.lists.get("list", ()):
        workload.lists.setdefault(list_name, ObservedList())
    pollers = site.options.pollers(name) if site.options.pollers else {}
    for list_name in pollers:
        workload.lists.setdefault(list_name, ObservedList())
    rows = []
    for list_name, usage in sorted(workload.lists.items())[:COUNTED]:
        pending = domain.count_pending_tasks(list_name)
        since = usage.waiting_since
        rows.append(
            {
                "name": list_name,
                "activities": pending.activities,
                "decisions": pending.decisions,
                "oldest": age(site.now() - since) if since else "",
                "polling": pollers.get(list_name, []),
                "workers": sorted(usage.workers),
            }
        )
    data = {
        "domain": name,
        "lists": rows,
        "sample": SAMPLE,
        "knows_pollers": site.options.pollers is not None,
    }
    command = f"swf task-list count NAME --domain {shlex.quote(name)}"
    return Page("task_lists", f"Task lists of {name}", data, command, trail(name))
