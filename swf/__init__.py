"""Amazon Simple Workflow for Python. Public names are imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swf.connection import Connection as Connection
    from swf.connection import budget as budget
    from swf.connection import connect as connect
    from swf.connection import using as using
    from swf.models import ActivityType as ActivityType
    from swf.models import Domain as Domain
    from swf.models import WorkflowExecution as WorkflowExecution
    from swf.models import WorkflowType as WorkflowType
    from swf.models.history.invariants import check as check
    from swf.planning import Plan as Plan
    from swf.planning import plan as plan
    from swf.querysets import ActivityTypeQuerySet as ActivityTypeQuerySet
    from swf.querysets import DomainQuerySet as DomainQuerySet
    from swf.querysets import WorkflowExecutionQuerySet as WorkflowExecutionQuerySet
    from swf.querysets import WorkflowTypeQuerySet as WorkflowTypeQuerySet

__version__ = "0.1.0"

_MODULES = (
    "actors",
    "codecs",
    "connection",
    "constants",
    "core",
    "credentials",
    "exceptions",
    "models",
    "payload",
    "querysets",
    "settings",
)

_NAMES = {
    "swf.connection": ("Connection", "budget", "connect", "using"),
    "swf.models": ("ActivityType", "Domain", "WorkflowExecution", "WorkflowType"),
    "swf.models.history.invariants": ("check",),
    "swf.planning": ("Plan", "plan"),
    "swf.querysets": (
        "ActivityTypeQuerySet",
        "DomainQuerySet",
        "WorkflowExecutionQuerySet",
        "WorkflowTypeQuerySet",
    ),
}

_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"swf.{name}")
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'swf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_HOMES})
