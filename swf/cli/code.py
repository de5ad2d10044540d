"""`load`: import the code that a command line names as MODULE[:NAME].

The current directory is searched first, as Python does for a script there.
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


@dataclass(frozen=True)  # help texts import this module, and need no attrs
class UserCode:
    """A module, class or object that the user named.

    :param name: the reference on the command line.
    :param value: the module, class or object.
    """

    name: str
    value: Any

    @property
    def is_workflow(self) -> bool:
        """Whether it is a workflow class of `swf.dataflow`."""
        module = sys.modules.get("swf.dataflow.workflow")
        return module is not None and isinstance(self.value, type) and issubclass(
            self.value, module.Workflow
        )  # fmt: skip

    @property
    def is_flow(self) -> bool:
        """Whether it is a flow: a `Flow`, or a module or object with a domain and a name."""
        return type(self.value).__name__ == "Flow" or (
            not isinstance(self.value, type)
            and hasattr(self.value, "domain")
            and isinstance(getattr(self.value, "name", None), str)
        )

    @property
    def flow(self) -> Flow:
        """The flow.

        :raises click.UsageError: it is not a flow.
        """
        from swf.flow import Flow

        if isinstance(self.value, Flow):
            return self.value
        if not self.is_flow:
            raise click.UsageError(f"{self.name} is not a flow: it lacks `domain` or `name`")
        return Flow(self.value)

    @property
    def workflow(self) -> Any:
        """The workflow class of `swf.dataflow`.

        :raises click.UsageError: it is not a workflow class.
        """
        if not self.is_workflow:
            raise click.UsageError(
                f"{self.name} is not a workflow class of swf.dataflow; {self.alternatives}"
            )
        return self.value

    @property
    def alternatives(self) -> str:
        """The public names that a module defines, for an error message."""
        return _alternatives(self.value)


def add_current_directory_to_path() -> None:
    """Search modules in the current directory first."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def load(name: str) -> UserCode:
    """Import the code that a command line names.

    A module with exactly one workflow class that is not a flow stands for that class.

    :param name: MODULE or MODULE:NAME.
    :raises click.UsageError: the module or the name does not exist.
    """
    add_current_directory_to_path()
    module_name, _, path = name.partition(":")
    if not module_name or module_name.startswith(".") or "/" in module_name:
        raise click.UsageError(f"{name!r} is not MODULE or MODULE:NAME")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.split(".")[0] == error.name.split(".")[0]:
            raise click.UsageError(
                f"no module {error.name!r} in {os.getcwd()} or on Python's path; "
                "name code as MODULE or MODULE:NAME"
            ) from error
        raise
    except Exception:
        click.echo(f"swf: the import of {module_name} failed:", err=True)
        raise
    if not path:
        return _from_module(name, module)
    value: Any = module
    for part in path.split("."):
        if not hasattr(value, part):
            raise click.UsageError(f"{module_name} has no {path!r}; {_alternatives(module)}")
        value = getattr(value, part)
    return UserCode(name, value)


def _from_module(name: str, module: Any) -> UserCode:
    code = UserCode(name, module)
    if code.is_flow:
        return code
    classes = [
        value
        for value in vars(module).values()
        if getattr(value, "__module__", None) == module.__name__
        and UserCode(name, value).is_workflow
    ]
    return UserCode(name, classes[0]) if len(classes) == 1 else code


def _alternatives(module: Any) -> str:
    module_name = getattr(module, "__name__", None)
    names = [
        name
        for name, value in getattr(module, "__dict__", {}).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module_name
    ]
    return f"it has {', '.join(names)}" if names else "it defines no public names"
