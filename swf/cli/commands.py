"""The table of commands: the module of each, and its short help.

To add a command, write a function in the module of its group, decorated with `@group.command(...)`
and `@common_options` (`swf.cli.options`). Its first argument is the `Session`, which provides the
domain, the connection and the output. A new group is a new module and a line in `COMMANDS`.
"""

from __future__ import annotations

#: Name of a group or command -> its location, and its short help.
COMMANDS = {
    "domain": ("swf.cli.domain:domain", "Manage domains."),
    "workflow-type": ("swf.cli.registered_types:workflow_type", "Manage workflow types."),
    "activity-type": ("swf.cli.registered_types:activity_type", "Manage activity types."),
    "execution": ("swf.cli.execution:execution", "Find, start, control and inspect executions."),
    "task": ("swf.cli.task:task", "Inspect activity tasks and respond to them."),
    "task-list": ("swf.cli.task_list:task_list", "Count the tasks that wait on a list."),
    "apply": ("swf.cli.apply:apply", "Apply a manifest to a domain."),
    "flow": ("swf.cli.flow:flow", "Check, draw, run and start flows."),
    "workflow": ("swf.cli.workflow:workflow", "Start, run and repair workflow classes."),
    "decider": ("swf.cli.actors:decider", "Run deciders."),
    "worker": ("swf.cli.actors:worker", "Run activity workers."),
    "activity": ("swf.cli.activity:activity", "Rerun past activities in this process."),
    "binaries": ("swf.cli.binaries:binaries", "Download programs that activities need."),
    "why": ("swf.cli.why:why", "Explain the state of an execution."),
    "check": ("swf.cli.verify:check", "Check a history for contradictions."),
    "replay": ("swf.cli.verify:replay", "Replay histories against code."),
    "stuck": ("swf.cli.triage:stuck", "Group open executions by their waits."),
    "failures": ("swf.cli.triage:failures", "Group failed executions by reason."),
    "top": ("swf.cli.top:top", "Watch domains, task lists and workers."),
    "export": ("swf.cli.export:export", "Write a domain as a manifest."),
    "archive": ("swf.cli.archive:archive", "Keep closed executions after retention."),
    "api": ("swf.cli.api:api", "Call any operation of the service."),
    "local": ("swf.cli.local:local", "Serve a local SWF without an AWS account."),
    "console": ("swf.cli.console:console", "Serve the web console."),
    "shell": ("swf.cli.shell:shell", "Open a Python prompt for SWF."),
    "context": ("swf.cli.context:context", "Switch between accounts and domains."),
    "config": ("swf.cli.config:config", "Show the effective settings."),
    "completion": ("swf.cli.completion:completion", "Print a shell completion script."),
}
