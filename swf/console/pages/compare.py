"""Compare two executions: the first difference of their histories, and their tasks side by side."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from swf.console.page import Page, Query
from swf.console.pages.execution_lists import age, row, trail
from swf.report.profile import profile

if TYPE_CHECKING:
    from swf.console.site import Site
    from swf.models.history import History

#: Maximum number of tasks in a comparison.
TASKS = 500


def compare(site: Site, query: Query) -> Page:
    """Compare the executions `a` and `b` of the address; see `Site.execution_at`."""
    domain = query.path["domain"]
    names = query.text("a") or "", query.text("b") or ""
    if not all(names):
        data: dict[str, Any] = {"domain": domain, "a": names[0], "b": names[1], "pair": None}
        return Page(
            "compare", "Compare executions", data, _command(domain, "A", "B"), trail(domain)
        )
    pair = [site.execution_at(domain, name) for name in names]
    first, second = (site.history(execution) for execution in pair)
    difference = first.diff(second, ignore_ids=True)
    data = {
        "domain": domain,
        "a": names[0],
        "b": names[1],
        "pair": [row(execution, site.now()) for execution in pair],
        "difference": str(difference) if difference else "",
        "tasks": _side_by_side(site, first, second),
    }
    ids = (f"{execution.workflow_id}:{execution.run_id}" for execution in pair)
    return Page("compare", "Compare executions", data, _command(domain, *ids), trail(domain))


def _command(domain: str, *names: str) -> str:
    ids = " ".join(map(shlex.quote, names))
    return f"swf execution compare {ids} --domain {shlex.quote(domain)}"


def _side_by_side(site: Site, first: History, second: History) -> list[dict[str, Any]]:
    sides = [
        {(task.task, task.attempt): task for task in profile(history, site.now())}
        for history in (first, second)
    ]
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))[:TASKS]
    longest = max(
        (
            task.time_running.total_seconds()
            for side in sides
            for task in side.values()
            if task.time_running
        ),
        default=0.0,
    )
    return [
        {
            "task": key[0],
            "attempt": key[1],
            "sides": [_bar(side.get(key), longest) for side in sides],
        }
        for key in keys
    ]


def _bar(task: Any, longest: float) -> dict[str, Any] | None:
    if task is None:
        return None
    ran = task.time_running
    share = 100 * ran.total_seconds() / longest if ran and longest else 0
    return {
        "state": task.last_state,
        "ran": age(ran) if ran is not None else "",
        "percent": round(share),
    }
