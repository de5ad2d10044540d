"""`load`: code that a command line names as MODULE[:THING], and what kind of thing it is.

Nothing is imported but what the user names; the current directory is looked in first, as Python
does for a script there.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from swf.flow import Flow


@dataclass(frozen=True)  # help about code needs no attrs
class Code:
    """Something that a user named.

    :param name: The name as the user wrote it.
    :param value: The object.
    """

    name: str
    value: Any

    @property
    def is_workflow(self) -> bool:
        """Whether it is a workflow class of `swf.dataflow`."""
        found = sys.modules.get("swf.dataflow.workflow")
        return found is not None and isinstance(self.value, type) and issubclass(
            self.value, found.Workflow
        )  # fmt: skip

    @property
    def is_flow(self) -> bool:
        """Whether it has what a flow has: a domain and a name."""
        return type(self.value).__name__ == "Flow" or (
            not isinstance(self.value, type)
            and hasattr(self.value, "domain")
            and isinstance(getattr(self.value, "name", None), str)
        )

    @property
    def flow(self) -> Flow:
        """The flow.

        :raises click.UsageError: it is none.
        """
        from swf.flow import Flow

        if isinstance(self.value, Flow):
            return self.value
        if not self.is_flow:
            raise click.UsageError(f"{self.name} is no flow: it has no `domain` or no `name`")
        return Flow(self.value)

    @property
    def workflow(self) -> Any:
        """The workflow class of `swf.dataflow`.

        :raises click.UsageError: it is none.
        """
        if not self.is_workflow:
            raise click.UsageError(
                f"{self.name} is no workflow class of swf.dataflow; {self.offer}"
            )
        return self.value

    @property
    def offer(self) -> str:
        """What else could have been named: what a module has of its own."""
        return _offer(self.value)


def look_here_first() -> None:
    """Have modules looked for in the current directory first."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def load(name: str) -> Code:
    """Import what a user named as MODULE or MODULE:THING.

    A module that has one workflow class, and is no flow, stands for that class.

    :raises click.UsageError: there is no such module, or nothing of that name in it.
    """
    look_here_first()
    module_name, _, path = name.partition(":")
    if not module_name or module_name.startswith(".") or "/" in module_name:
        raise click.UsageError(f"{name!r} names no module; name code as MODULE or MODULE:THING")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.split(".")[0] == error.name.split(".")[0]:
            raise click.UsageError(
                f"no module {error.name!r} in {os.getcwd()} or on Python's path; "
                "name code as MODULE or MODULE:THING"
            ) from error
        raise
    if not path:
        return _of_module(name, module)
    value: Any = module
    for part in path.split("."):
        if not hasattr(value, part):
            raise click.UsageError(f"{module_name} has no {path!r}; {_offer(module)}")
        value = getattr(value, part)
    return Code(name, value)


def _of_module(name: str, module: Any) -> Code:
    whole = Code(name, module)
    if whole.is_flow:
        return whole
    classes = [
        value
        for value in vars(module).values()
        if getattr(value, "__module__", None) == module.__name__ and Code(name, value).is_workflow
    ]
    return Code(name, classes[0]) if len(classes) == 1 else whole


def _offer(module: Any) -> str:
    home = getattr(module, "__name__", None)
    names = [
        name
        for name, value in getattr(module, "__dict__", {}).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == home
    ]
    return f"it has {', '.join(names)}" if names else "it has nothing of its own"
