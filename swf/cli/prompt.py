"""What both prompts share: the names at hand, the lines above the first prompt, errors as a line.

The prompts themselves are `swf.cli.console`, Python's own, and `swf.cli.ipython`.
"""

from __future__ import annotations

import platform
import shutil
import sys
import textwrap
from typing import Any

import swf
from swf.cli.errors import REMEDIES, remedy
from swf.connection import Connection
from swf.models import Domain, History

#: What is at hand by its own name, all of it from `swf`.
NAMES = (
    *("ActivityType", "Domain", "WorkflowExecution", "WorkflowType"),
    *("ActivityTypeQuerySet", "DomainQuerySet"),
    *("WorkflowExecutionQuerySet", "WorkflowTypeQuerySet"),
    *("budget", "check", "connect", "connection", "plan", "using"),
)

#: Collections of the current domain, at hand by their names.
COLLECTIONS = ("executions", "workflow_types", "activity_types")

#: What helps here, where the command would name another command.
AT_PROMPT = {
    "DomainDoesNotExist": "see `domains`, or make it: Domain(name).save()",
    "WorkflowTypeDoesNotExist": "see `domain.workflow_types`",
    "ActivityTypeDoesNotExist": "see `domain.activity_types`",
    "WorkflowExecutionDoesNotExist": "see `domain.executions`",
    "DomainAlreadyExists": "`.upstream()` is what is there, `.undelete()` brings it back",
    "DeprecatedError": "`.undelete()` brings it back",
    "TypeNotDeprecatedFault": "`.delete()` deprecates it",
    "RateLimitExceededError": "try again a little later",
}

#: What helps where a name is not there before there is a current domain.
NO_DOMAIN = "choose one: domain = Domain(name), or begin with --domain NAME"

#: Characters of a line of the banner at most.
WIDTH = 100


class Names(dict[str, Any]):
    """The names at hand.

    Collections are those of whatever `domain` is. They are made anew before each line, so that they
    show what is there now; what the user puts in the place of one stays.

    :param domain: the name of the current domain.
    """

    def __init__(self, domain: str | None = None, **more: Any) -> None:
        super().__init__({name: getattr(swf, name) for name in NAMES}, swf=swf, History=History)
        self.update(more)
        if domain:
            self["domain"] = Domain(domain)
        self._made: dict[str, Any] = {}
        self.refresh()

    def refresh(self) -> None:
        """Make the collections anew, but for those that the user has replaced."""
        made: dict[str, Any] = {"domains": swf.DomainQuerySet()}
        domain = self.get("domain")
        if isinstance(domain, Domain):
            made |= {name: getattr(domain, name) for name in COLLECTIONS}
        for name, collection in made.items():
            if self.get(name) is self._made.get(name):
                self[name] = self._made[name] = collection

    def banner(self, where: str) -> str:
        """Return the lines above the first prompt: where this is, and what is at hand."""
        own = [name for name in ("domain", "domains", *COLLECTIONS, "local") if name in self]
        lines = [
            f"swf {swf.__version__}, Python {platform.python_version()}, {where}",
            f"At hand: {', '.join(own)}; Domain, WorkflowType and so on; swf",
            "An error is a line here, %tb shows the rest. Ctrl-D ends.",
        ]
        if "domain" not in self:
            lines.insert(2, "There is no current domain yet: domain = Domain(name)")
        width = min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
        return "\n".join(textwrap.fill(line, width) for line in lines)


def place(connection: Connection, local: Any = None) -> str:
    """Return where a connection leads.

    :param local: the embedded service that it leads to.
    """
    if local is not None:
        return "on an embedded service"
    meta = connection.client.meta
    return f"region {meta.region_name}, {meta.endpoint_url}"


def one_line(error: BaseException) -> str:
    """Return an error as a line, with what helps."""
    told = ": ".join(part for part in (type(error).__name__, " ".join(str(error).split())) if part)
    is_domains = isinstance(error, NameError) and error.name in ("domain", *COLLECTIONS)
    helps = NO_DOMAIN if is_domains else remedy(error, {**REMEDIES, **AT_PROMPT})
    return f"{told}; {helps}" if helps else told


def keep(error: BaseException) -> None:
    """Keep an error where `%tb` and debuggers look for it."""
    sys.last_type, sys.last_value = type(error), error
    sys.last_traceback = error.__traceback__
