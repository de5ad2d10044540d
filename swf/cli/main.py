"""`main`: the entry point of the `swf` command, and the table of its groups.

To add a command, write a function in the file of its group, decorated by `@group.command(...)`
and `@common` (`swf.cli.options`); it gets the `Session` first, which knows the domain, the
connection and how to show things. A new group is a new file and a line in `COMMANDS`. Nothing is
imported before it is needed: `swf --help` loads click and this file.
"""

from __future__ import annotations

import sys
from typing import NoReturn

#: Name of a group or command -> where it is, and what it says in the list of commands.
COMMANDS = {
    "domain": ("swf.cli.domain:domain", "Domains: list, show, create, deprecate, tag."),
    "workflow-type": ("swf.cli.types:workflow_type", "Workflow types: list, create, diff ..."),
    "activity-type": ("swf.cli.types:activity_type", "Activity types: list, create, diff ..."),
    "execution": (
        "swf.cli.execution:execution",
        "Executions: find, start, steer, look into.",
    ),
    "task-list": ("swf.cli.tasklist:task_list", "Task lists: how much waits there."),
    "apply": ("swf.cli.apply:apply", "Make SWF as a manifest says; show the plan first."),
    "local": ("swf.cli.local:local", "Serve an SWF of your own, without an account."),
    "config": ("swf.cli.config:config", "Settings: what is in force, and where it comes from."),
    "completion": ("swf.cli.completion:completion", "Print what makes a shell complete `swf`."),
}


def main() -> NoReturn:
    """Run the command with the arguments of this process."""
    try:
        import click  # noqa: F401 - the message is for those who have not got it
    except ImportError:
        sys.stderr.write("swf: the command needs more: pip install 'swf-orm[cli]'\n")
        sys.exit(2)
    from swf.cli.app import run  # click is there

    sys.exit(run(sys.argv[1:]))
