"""Shared by both prompts: the namespace, the banner, one-line errors.

The prompts are `python_prompt`, Python's own, and `ipython_prompt`.
"""

from __future__ import annotations

import builtins
import platform
import shutil
import sys
import textwrap
import traceback
from typing import Any

import swf
from swf.cli.context_store import Context
from swf.cli.errors import REMEDIES, remedy
from swf.connection import Connection
from swf.exceptions import SWFError
from swf.models import Domain, History
from swf.text import escape_controls, suggest

#: Names of `swf` that the prompt defines.
NAMES = (
    *("ActivityType", "Domain", "WorkflowExecution", "WorkflowType"),
    *("ActivityTypeQuerySet", "DomainQuerySet"),
    *("WorkflowExecutionQuerySet", "WorkflowTypeQuerySet"),
    *("budget", "check", "connect", "connection", "plan", "using"),
)

#: Collections of the current domain.
COLLECTIONS = ("executions", "workflow_types", "activity_types")

#: Remedies at the prompt, where they differ from those of the command.
PROMPT_REMEDIES = {
    "DomainDoesNotExist": "see `domains`, or create it: Domain(name).save()",
    "WorkflowTypeDoesNotExist": "see `domain.workflow_types`",
    "ActivityTypeDoesNotExist": "see `domain.activity_types`",
    "WorkflowExecutionDoesNotExist": "see `domain.executions`",
    "DomainAlreadyExists": "`.upstream()` fetches it, `.undelete()` restores it",
    "DeprecatedError": "`.undelete()` restores it",
    "TypeNotDeprecatedFault": "`.delete()` deprecates it",
    "RateLimitExceededError": "try again later",
}

#: The remedy for a NameError without a current domain.
NO_DOMAIN = "choose one: domain = Domain(name), or start with --domain NAME"

#: Maximum width of the banner.
WIDTH = 100


class PromptNamespace(dict[str, Any]):
    """The namespace of the prompt.

    The collections belong to the current value of `domain`. They are replaced before each line, so
    that they show the current state, unless the user assigned another value.

    :param domain: the name of the current domain.
    :param extra: further names.
    """

    def __init__(self, domain: str | None = None, **extra: Any) -> None:
        super().__init__({name: getattr(swf, name) for name in NAMES}, swf=swf, History=History)
        self.update(extra)
        if domain:
            self["domain"] = Domain(domain)
        #: The context in use, whose name begins the prompt.
        self.context: Context | None = None
        self.has_colors = False
        self._collections: dict[str, Any] = {}
        self.refresh()

    def refresh(self) -> None:
        """Replace the collections, except those that the user replaced."""
        collections: dict[str, Any] = {"domains": swf.DomainQuerySet()}
        domain = self.get("domain")
        if isinstance(domain, Domain):
            collections |= {name: getattr(domain, name) for name in COLLECTIONS}
        for name, collection in collections.items():
            if self.get(name) is self._collections.get(name):
                self[name] = self._collections[name] = collection

    def banner(self, connection: str) -> str:
        """Return the lines above the first prompt.

        :param connection: the result of `describe_connection`.
        """
        names = [name for name in ("domain", "domains", *COLLECTIONS, "local") if name in self]
        lines = [
            f"swf {swf.__version__}, Python {platform.python_version()}, "
            f"{f'context {self.context.name}, ' if self.context else ''}{connection}",
            f"Names: {', '.join(names)}; Domain, WorkflowType and so on; swf",
            "Errors are one line, %tb shows the traceback. Ctrl-D exits.",
        ]
        if "domain" not in self:
            lines.insert(2, "There is no current domain yet: domain = Domain(name)")
        width = min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
        return "\n".join(textwrap.fill(line, width) for line in lines)


def describe_connection(connection: Connection, local: Any = None) -> str:
    """Return the region and endpoint of a connection.

    :param local: the embedded service behind the connection, if there is one.
    """
    if local is not None:
        return "on an embedded service"
    return f"region {connection.client.meta.region_name}, {connection.endpoint_url}"


def format_prompt_error(error: BaseException) -> str:
    """Return an error as one line with a remedy."""
    message = " ".join(str(error).split())
    text = ": ".join(part for part in (type(error).__name__, message) if part)
    is_domain_missing = isinstance(error, NameError) and error.name in ("domain", *COLLECTIONS)
    hint = NO_DOMAIN if is_domain_missing else remedy(error, {**REMEDIES, **PROMPT_REMEDIES})
    hint = hint or _suggest_name(error)
    return escape_controls(f"{text}; {hint}" if hint else text)


def _suggest_name(error: BaseException) -> str:
    """Return a hint for a mistyped attribute or variable, else an empty string."""
    if isinstance(error, SWFError) or not isinstance(error, (AttributeError, NameError)):
        return ""
    if isinstance(error, NameError):
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        names = {**frames[-1].f_globals, **frames[-1].f_locals} if frames else {}
        choices = [*names, *dir(builtins)]
    else:
        choices = dir(error.obj)
    return suggest(error.name or "", [each for each in choices if not each.startswith("_")])


def save_traceback(error: BaseException) -> None:
    """Store an error for `%tb` and debuggers."""
    sys.last_type, sys.last_value = type(error), error
    sys.last_traceback = error.__traceback__
