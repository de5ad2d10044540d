"""The table of the commands: where each is, and what it says in the list.

To add a command, write a function in the file of its group, decorated by `@group.command(...)`
and `@common` (`swf.cli.options`); it gets the `Session` first, which knows the domain, the
connection and how to show things. A new group is a new file and a line in `COMMANDS`.
"""

from __future__ import annotations

#: Name of a group or command -> where it is, and what it says in the list of commands.
COMMANDS = {
    "domain": ("swf.cli.domain:domain", "Domains: list, show, create, deprecate, tag."),
    "workflow-type": ("swf.cli.types:workflow_type", "Workflow types: list, create, diff ..."),
    "activity-type": ("swf.cli.types:activity_type", "Activity types: list, create, diff ..."),
    "execution": (
        "swf.cli.execution:execution",
        "Executions: find, start, steer, look into.",
    ),
    "task": ("swf.cli.task:task", "The activities of an execution, one by one."),
    "task-list": ("swf.cli.tasklist:task_list", "Task lists: how much waits there."),
    "apply": ("swf.cli.apply:apply", "Make SWF as a manifest says; show the plan first."),
    "flow": ("swf.cli.flow:flow", "Flows: check, draw, run here, start."),
    "workflow": ("swf.cli.workflow:workflow", "Workflows of futures: start, standalone, repair."),
    "decider": ("swf.cli.actors:decider", "Run deciders."),
    "worker": ("swf.cli.actors:worker", "Run activity workers."),
    "activity": ("swf.cli.activity:activity", "Run an activity of the past again, here."),
    "binaries": ("swf.cli.binaries:binaries", "Download the programs that activities need."),
    "why": ("swf.cli.why:why", "Say what an execution waits for, or how it ended."),
    "check": ("swf.cli.verify:check", "Look for what no history can contain."),
    "replay": ("swf.cli.verify:replay", "Replay a recorded history against code."),
    "local": ("swf.cli.local:local", "Serve an SWF of your own, without an account."),
    "shell": ("swf.cli.shell:shell", "A Python prompt with everything at hand."),
    "config": ("swf.cli.config:config", "Settings: what is in force, and where it comes from."),
    "completion": ("swf.cli.completion:completion", "Print what makes a shell complete `swf`."),
}
