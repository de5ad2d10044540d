"""Task lists: how many tasks wait on each, since when, and which workers were seen on it."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from swf.console.page import Page, Query
from swf.console.pages.executions import age, trail

if TYPE_CHECKING:
    from datetime import datetime

    from swf.console.site import Site
    from swf.models.history import History
    from swf.models.history.entities import HistoryActivity, HistoryDecisionTask

#: Open executions whose histories are read to find lists and workers.
SAMPLE: Final = 25
#: Lists that are counted: two calls each.
COUNTED: Final = 20


def task_lists(site: Site, query: Query) -> Page:
    """Show the lists that the oldest open executions use; identities come from their histories."""
    name = query.path["domain"]
    domain = site.domain(name)
    opened = domain.executions.filter(status="OPEN").order_by("start_timestamp")
    lists: dict[str, dict[str, Any]] = defaultdict(lambda: {"oldest": None, "workers": set()})
    for execution in opened[:SAMPLE]:
        _observe(lists, site.history(execution))
    for list_name in query.lists.get("list", ()):
        _ = lists[list_name]
    rows = []
    for list_name, usage in sorted(lists.items())[:COUNTED]:
        oldest = usage["oldest"]
        pending = domain.count_pending_tasks(list_name)
        rows.append(
            {
                "name": list_name,
                "activities": pending.activities,
                "decisions": pending.decisions,
                "oldest": age(site.now() - oldest) if oldest else "",
                "workers": sorted(usage["workers"]),
            }
        )
    data = {"domain": name, "lists": rows, "sample": SAMPLE}
    command = f"swf task-list count NAME --domain {shlex.quote(name)}"
    return Page("task_lists", f"Task lists of {name}", data, command, trail(name))


def _observe(lists: dict[str, dict[str, Any]], history: History) -> None:
    tasks: list[HistoryActivity | HistoryDecisionTask] = [
        *history.activities.values(),
        *history.decision_tasks.values(),
    ]
    for task in tasks:
        if not task.task_list:
            continue
        if task.identity:
            lists[task.task_list]["workers"].add(task.identity)
        if task.is_open and task.started_at is None:
            usage = lists[task.task_list]
            usage["oldest"] = _earlier(usage["oldest"], task.opened_at)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)
