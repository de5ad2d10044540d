"""Dispatchers: which code runs for an activity task, for workers that do not list their activities.

    ActivityWorker(domain, "images", dispatcher=ModuleDispatcher(images))
    ActivityWorker(domain, "images", dispatcher=Dispatcher("shop", "billing"))

Whoever can write to a task list chooses the name in a task. So a dispatcher gives what its user has
named: a module, a mapping, a registry, or packages below which a name may be imported.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

from swf.dataflow.activity import Activity
from swf.dataflow.registry import Registry
from swf.dataflow.registry import registry as every_activity
from swf.exceptions import SWFError

logger = logging.getLogger(__name__)


class DispatchError(SWFError):
    """There is no code for the activity that a task names, or none that may run."""


class ActivityDispatcher(Protocol):
    """What finds the code for an activity."""

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity of a name.

        :raises DispatchError: there is none.
        """


class RegistryDispatcher:
    """Finds what was declared in this process.

    :param registry: all activities of this process if it is not given.
    :param label: only those with this label.
    """

    def __init__(self, registry: Registry = every_activity, label: str | None = None) -> None:
        self._registry = registry
        self._label = label

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity of a name."""
        try:
            found: Activity = self._registry[self._label][name]
        except KeyError:
            raise DispatchError(f"no activity {name!r} is declared here") from None
        return found


class ModuleDispatcher:
    """Finds what is in a module.

    :param module: The module to search.
    :param mapping: Activity names -> names in the module. Default: the names are equal.
    """

    def __init__(self, module: ModuleType, mapping: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._mapping = mapping

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity of a name."""
        known = self._mapping
        inside = name if known is None else known.get(name, "")
        found = vars(self._module).get(inside)
        if found is None or inside.startswith("_"):
            raise DispatchError(f"{self._module.__name__} has nothing for {name!r}")
        return as_activity(found, name)


class Dispatcher:
    """Finds functions by their import path, below the packages and modules that are allowed.

    :param allowed: names of packages or modules.
    """

    def __init__(self, *allowed: str) -> None:
        if not allowed:
            raise DispatchError("name the packages from which a task may have code imported")
        self._allowed = allowed

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity of a name such as `shop.activities.pay`."""
        module_name, _, inside = name.rpartition(".")
        if not any(f"{module_name}.".startswith(f"{each}.") for each in self._allowed):
            raise DispatchError(f"{name!r} is not below {', '.join(self._allowed)}")
        try:
            found: Any = vars(importlib.import_module(module_name)).get(inside)
        except ImportError as error:
            raise DispatchError(f"{name!r} cannot be imported: {error}") from error
        # What a module has only imported is not what was allowed.
        if getattr(found, "__module__", None) != module_name:
            raise DispatchError(f"{module_name} defines no {inside!r}")
        return as_activity(found, name)


class DryRunDispatcher:
    """Runs nothing: each activity logs what it would be called with, and its result is None."""

    def dispatch_activity(self, name: str) -> Activity:
        """Return an activity that only says so."""

        def pretend(*args: Any, **kwargs: Any) -> None:
            logger.info("%s would run with %r %r", name, args, kwargs)

        return Activity(pretend, name=name)


def as_activity(found: Callable[..., Any] | Activity, name: str) -> Activity:
    """Return an activity; a plain function becomes one.

    :raises DispatchError: it cannot be called.
    """
    if isinstance(found, Activity):
        return found
    if not callable(found):
        raise DispatchError(f"{name!r} is no activity and no function")
    return Activity(found, name=name)
