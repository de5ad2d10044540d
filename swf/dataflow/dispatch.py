"""Dispatchers: find the code for an activity task, for workers without a list of activities.

    ActivityWorker(domain, "images", dispatcher=ModuleDispatcher(images))
    ActivityWorker(domain, "images", dispatcher=Dispatcher("shop", "billing"))

A task list is untrusted input: anyone who can schedule a task chooses its activity name. A
dispatcher therefore finds code only in the module, mapping, registry or packages it is created
with.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

from swf.dataflow.activity import Activity, Registry
from swf.dataflow.activity import registry as every_activity
from swf.exceptions import SWFError

logger = logging.getLogger(__name__)


class DispatchError(SWFError):
    """No code exists for an activity name, or the code must not run."""


class ActivityDispatcher(Protocol):
    """Finds the code for an activity name."""

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity with this name.

        :raises DispatchError: there is no such activity.
        """


class RegistryDispatcher:
    """Finds activities in a registry.

    :param registry: Default: all activities of this process.
    :param label: use only activities with this label.
    """

    def __init__(self, registry: Registry = every_activity, label: str | None = None) -> None:
        self._registry = registry
        self._label = label

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity with this name.

        :raises DispatchError: the registry contains no such activity.
        """
        try:
            activity: Activity = self._registry[self._label][name]
        except KeyError:
            raise DispatchError(f"unknown activity {name!r}: not in the registry") from None
        return activity


class ModuleDispatcher:
    """Finds the activities of a module and the functions that it defines.

    A function that the module only imports does not run, unless `mapping` names it.

    :param module: an imported module.
    :param mapping: names in the module by activity name. Default: both names are equal.
    """

    def __init__(self, module: ModuleType, mapping: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._mapping = mapping

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity with this name.

        :raises DispatchError: the module defines no such public name.
        """
        attribute = name if self._mapping is None else self._mapping.get(name, "")
        code = vars(self._module).get(attribute)
        if code is None or attribute.startswith("_"):
            raise DispatchError(f"unknown activity {name!r}: not in {self._module.__name__}")
        is_trusted = self._mapping is not None or isinstance(code, Activity)
        if not (is_trusted or _is_defined_in(self._module, code)):
            module_name = self._module.__name__
            raise DispatchError(f"unknown activity {name!r}: not defined in {module_name}")
        return as_activity(code, name)


class Dispatcher:
    """Finds functions by their dotted path in allowed packages and modules.

    The names in `allowed` are imported when the dispatcher is created. A task never causes an
    import: the program imports the submodules of a package that contain activities.

    :param allowed: names of packages or modules, at least one.
    :raises DispatchError: no name was passed, or one cannot be imported.
    """

    def __init__(self, *allowed: str) -> None:
        if not allowed:
            raise DispatchError("allowed: must name at least one package or module")
        self._allowed = allowed
        try:
            for each in allowed:
                importlib.import_module(each)
        except ImportError as error:
            raise DispatchError(f"allowed={allowed}: {error}") from error

    def dispatch_activity(self, name: str) -> Activity:
        """Return the activity with this dotted name, such as `shop.activities.pay`.

        :raises DispatchError: the name is outside of the allowed packages, or its module does not
            define it.
        """
        module_name, _, attribute = name.rpartition(".")
        if not any(f"{module_name}.".startswith(f"{each}.") for each in self._allowed):
            allowed = ", ".join(self._allowed)
            raise DispatchError(f"unknown activity {name!r}: must be in {allowed}")
        module = sys.modules.get(module_name)
        if module is None:
            raise DispatchError(f"unknown activity {name!r}: {module_name} is not imported")
        code: Any = vars(module).get(attribute)
        # A name that the module merely imports may belong to a package that is not allowed.
        if not _is_defined_in(module, code):
            raise DispatchError(f"unknown activity {name!r}: not defined in {module_name}")
        return as_activity(code, name)


def _is_defined_in(module: ModuleType, code: Any) -> bool:
    return getattr(code, "__module__", None) == module.__name__


class DryRunDispatcher:
    """Logs each call instead of running the activity; results are None."""

    def dispatch_activity(self, name: str) -> Activity:
        """Return an activity that logs its arguments."""

        def pretend(*args: Any, **kwargs: Any) -> None:
            logger.info("dry run: %s args=%r kwargs=%r", name, args, kwargs)

        return Activity(pretend, name=name)


def as_activity(code: Callable[..., Any] | Activity, name: str) -> Activity:
    """Return an activity unchanged, and a function wrapped in an activity.

    :param name: name of the activity for a function.
    :raises DispatchError: `code` is not callable.
    """
    if isinstance(code, Activity):
        return code
    if not callable(code):
        raise DispatchError(f"activity {name!r}: {code!r} must be an activity or a function")
    return Activity(code, name=name)
