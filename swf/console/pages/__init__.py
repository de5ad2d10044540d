"""The pages of the console, and the addresses at which they are found."""

from __future__ import annotations

from typing import Final

from swf.console.pages import (
    actions,
    code,
    compare,
    events,
    execution,
    execution_lists,
    home,
    imported,
    service,
    task_lists,
    types,
)
from swf.console.site import View

_EXECUTION: Final = "/domains/{domain}/executions/{workflow_id}/{run_id}"


def _tabs(base: str) -> tuple[tuple[str, str, View], ...]:
    """Return the routes of the tabs of an execution."""
    return (
        ("GET", base, execution.summary),
        ("GET", f"{base}/timeline", execution.timeline),
        ("GET", f"{base}/events", events.events),
        ("GET", f"{base}/events/rows", events.event_rows),
        ("GET", f"{base}/activities", execution.activities),
        ("GET", f"{base}/pending", execution.pending),
        ("GET", f"{base}/payloads", events.payloads),
        ("GET", f"{base}/family", execution.family),
        ("GET", f"{base}/code", code.code),
    )


#: Method, path with its parameters in braces, and the view; the first match wins.
ROUTES: Final[tuple[tuple[str, str, View], ...]] = (
    ("GET", "/", home.home),
    ("GET", "/domains/{domain}/counts", home.counts),
    ("GET", "/domains/{domain}", execution_lists.executions),
    ("GET", "/domains/{domain}/executions", execution_lists.executions),
    ("GET", "/domains/{domain}/failures", execution_lists.failures),
    ("GET", "/domains/{domain}/stuck", execution_lists.stuck),
    ("GET", "/domains/{domain}/compare", compare.compare),
    ("GET", "/domains/{domain}/task-lists", task_lists.task_lists),
    ("GET", "/domains/{domain}/types", types.types),
    ("GET", "/domains/{domain}/types/manifest", types.differences),
    ("POST", "/domains/{domain}/types/status", types.change_status),
    ("GET", "/domains/{domain}/start", actions.start_form),
    ("POST", "/domains/{domain}/start", actions.start),
    ("GET", "/domains/{domain}/actions", actions.plan),
    ("POST", "/domains/{domain}/actions", actions.carry_out),
    ("GET", "/domains/{domain}/executions/{workflow_id}", execution.newest),
    *_tabs(_EXECUTION),
    *_tabs("/imports/{file}"),
    ("GET", "/accounts", service.accounts),
    ("GET", "/service", service.service),
    ("POST", "/service", service.change),
    ("GET", "/import", imported.form),
    ("POST", "/import", imported.store),
)
