"""The pages of the console, and the addresses at which they are found."""

from __future__ import annotations

from typing import Final

from swf.console.pages import (
    actions,
    compare,
    execution,
    executions,
    home,
    imported,
    lists,
    service,
    types,
)
from swf.console.site import View

_EXECUTION: Final = "/domains/{domain}/executions/{workflow_id}/{run_id}"

#: Method, path with its parameters in braces, and the view; the first match wins.
ROUTES: Final[tuple[tuple[str, str, View], ...]] = (
    ("GET", "/", home.home),
    ("GET", "/domains/{domain}/counts", home.counts),
    ("GET", "/domains/{domain}", executions.executions),
    ("GET", "/domains/{domain}/executions", executions.executions),
    ("GET", "/domains/{domain}/failures", executions.failures),
    ("GET", "/domains/{domain}/stuck", executions.stuck),
    ("GET", "/domains/{domain}/compare", compare.compare),
    ("GET", "/domains/{domain}/task-lists", lists.task_lists),
    ("GET", "/domains/{domain}/types", types.types),
    ("POST", "/domains/{domain}/types/status", types.change_status),
    ("GET", "/domains/{domain}/start", actions.start_form),
    ("POST", "/domains/{domain}/start", actions.start),
    ("GET", "/domains/{domain}/actions", actions.plan),
    ("POST", "/domains/{domain}/actions", actions.carry_out),
    ("GET", "/domains/{domain}/executions/{workflow_id}", execution.newest),
    ("GET", _EXECUTION, execution.summary),
    ("GET", f"{_EXECUTION}/timeline", execution.timeline),
    ("GET", f"{_EXECUTION}/events", execution.events),
    ("GET", f"{_EXECUTION}/events/rows", execution.event_rows),
    ("GET", f"{_EXECUTION}/activities", execution.activities),
    ("GET", f"{_EXECUTION}/pending", execution.pending),
    ("GET", f"{_EXECUTION}/payloads", execution.payloads),
    ("GET", f"{_EXECUTION}/family", execution.family),
    ("GET", "/accounts", service.accounts),
    ("GET", "/service", service.service),
    ("POST", "/service", service.change),
    ("GET", "/import", imported.form),
    ("POST", "/import", imported.show),
)
