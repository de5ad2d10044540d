"""The local service: its accounts, and its clock, fault rules and snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from swf.console.page import BadRequest, Page, Query, Redirect
from swf.local.control_client import ControlClient, ControlRefused

if TYPE_CHECKING:
    from swf.console.site import Site

#: Kinds of fault rules that need no other parameter than an operation.
FAULTS: Final = ("Throttling", "ServerError", "LostRequest", "LostResponse", "DuplicateDelivery")


def accounts(site: Site, query: Query) -> Page:  # noqa: ARG001 - a view takes both
    """List the accounts and regions of a local service that is mounted at `/ui`."""
    if site.options.accounts is None:
        raise BadRequest("The console lists accounts at /ui of a local service only.")
    data = {"accounts": site.options.accounts()}
    return Page("accounts", "Accounts", data, "swf local accounts")


def service(site: Site, query: Query) -> Page:  # noqa: ARG001 - a view takes both
    """Show the clock, the fault rules and the snapshots of the service."""
    control = _control(site)
    try:
        data = {
            "clock": _clock(control.clock()),
            "faults": [_fault(rule) for rule in control.faults()],
            "kinds": FAULTS,
            "snapshots": {name: _time(at) for name, at in control.snapshots().items()},
            "is_writable": site.options.is_writable,
        }
    except ControlRefused as error:
        raise BadRequest(str(error)) from error
    return Page("service", "Local service", data, "swf local clock")


def change(site: Site, query: Query) -> Redirect:
    """Apply one action of a form to the service."""
    site.check_writable(None, "")
    action = query.value("action") or ""
    if action not in ACTIONS:
        raise BadRequest(f"action={action}: must be one of {', '.join(ACTIONS)}")
    try:
        ACTIONS[action](_control(site), query)
    except ControlRefused as error:
        raise BadRequest(str(error)) from error
    return Redirect("/service", f"{action.replace('_', ' ')}: done")


def _advance(control: ControlClient, query: Query) -> None:
    control.advance(_required(query, "duration"))


def _add_fault(control: ControlClient, query: Query) -> None:
    times = query.value("times")
    if times is not None and not times.isdecimal():
        raise BadRequest(f"times={times}: must be a whole number")
    operation = query.value("operation")
    parameters = {
        **({} if operation is None else {"operation": operation}),
        **({} if times is None else {"times": int(times)}),
    }
    control.add_fault(_required(query, "kind"), **parameters)


def _remove_fault(control: ControlClient, query: Query) -> None:
    rule_id = _required(query, "fault")
    if not rule_id.isdecimal():
        raise BadRequest(f"fault={rule_id}: must be a whole number")
    control.remove_fault(int(rule_id))


#: Actions of the page by name.
ACTIONS: Final[dict[str, Callable[[ControlClient, Query], object]]] = {
    "advance": _advance,
    "skip": lambda control, _: control.skip(),
    "freeze": lambda control, _: control.freeze(),
    "resume": lambda control, _: control.resume(),
    "add_fault": _add_fault,
    "remove_fault": _remove_fault,
    "save": lambda control, query: control.save(_required(query, "name")),
    "restore": lambda control, query: control.restore(_required(query, "name")),
    "remove_snapshot": lambda control, query: control.remove_snapshot(_required(query, "name")),
}


def _control(site: Site) -> ControlClient:
    if site.options.control is None:
        raise BadRequest("The service has no control API, or the console knows no address of it.")
    return site.options.control


def _required(query: Query, name: str) -> str:
    value = query.value(name)
    if value is None:
        raise BadRequest(f"{name}: must not be empty")
    return value


def _clock(clock: dict[str, Any]) -> dict[str, Any]:
    deadline = clock["next_deadline"]
    return {**clock, "next_deadline": None if deadline is None else _time(deadline)}


def _fault(rule: dict[str, Any]) -> dict[str, Any]:
    """Return id, kind and the parameters that are set, as a text."""
    values = {name: value for name, value in rule.items() if name not in ("id", "kind")}
    text = ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)
    return {"id": rule["id"], "kind": rule["kind"], "parameters": text}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
