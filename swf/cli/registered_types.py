"""`swf workflow-type` and `swf activity-type`: the same commands for both kinds of type.

The options for settings are derived from the fields of the models.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN, IGNORED_YES
from swf.cli.domain import STATUS, show_differences
from swf.cli.errors import RefusedError
from swf.cli.options import CommandGroup, StrictCommand, common_options
from swf.cli.session import Session

#: Class names of the models. Help texts do not import them.
WORKFLOW, ACTIVITY = "WorkflowType", "ActivityType"

STATUS_FIELDS = ("name", "version", "status")
LIST_FIELDS = ("name", "version", "status", "creation_date", "description")

#: Settings of a type, and the help of their options.
WORKFLOW_FIELDS = {
    "description": "Description, up to 1,024 characters.",
    "task_list": "Default task list for decision tasks.",
    "child_policy": "Default child policy: TERMINATE, REQUEST_CANCEL or ABANDON.",
    "execution_timeout": "Default maximum seconds of an execution, at most a year.",
    "decision_tasks_timeout": "Default maximum seconds of a decision task, or NONE.",
    "task_priority": "Default priority of decision tasks; higher numbers go first.",
    "lambda_role": "Default IAM role for Lambda functions.",
}
ACTIVITY_FIELDS = {
    "description": "Description, up to 1,024 characters.",
    "task_list": "Default task list for activity tasks.",
    "task_heartbeat_timeout": "Default maximum seconds between heartbeats, or NONE.",
    "task_schedule_to_close_timeout": "Default maximum seconds from schedule to close, or NONE.",
    "task_schedule_to_start_timeout": "Default maximum seconds in the task list, or NONE.",
    "task_start_to_close_timeout": "Default maximum seconds from start to close, or NONE.",
    "task_priority": "Default priority of activity tasks; higher numbers go first.",
}

#: The names that stand for GROUP, NAME and VERSION in the examples.
EXAMPLES = {WORKFLOW: ("workflow-type", "ship", "1.0"), ACTIVITY: ("activity-type", "pack", "1.0")}


def list_(kind: str, session: Session, status: str, prefix: str | None) -> None:
    """List types.

    \b
    Examples:
      swf GROUP list
      swf GROUP list --status ALL --name NAME
    """
    domain = session.domain()
    types: Any = domain.workflow_types if kind == WORKFLOW else domain.activity_types
    rows = types.all(None if status == "ALL" else status)
    session.rows(rows.filter(name__startswith=prefix) if prefix else rows, LIST_FIELDS)


def show(kind: str, session: Session, name: str, version: str) -> None:
    """Show a type with its defaults.

    \b
    Example:
      swf GROUP show NAME VERSION
    """
    session.record(_model(kind, session, name, version).upstream())


def create(
    kind: str, session: Session, name: str, version: str, dry_run: bool, **settings: Any
) -> None:
    """Register a type.

    Only the given defaults are registered; starting an execution or task supplies the others.

    \b
    Example:
      swf GROUP create NAME 2.0 --task-list shipping --description "second version"
    """
    model = _model(kind, session, name, version).evolve(**settings)
    if dry_run:
        session.notify(f"would register {model!r}")
        return
    model.save()
    session.record(model.upstream())


def deprecate(
    kind: str, session: Session, name: str, version: str, yes: bool, dry_run: bool
) -> None:
    """Deprecate a type.

    No execution or task of the type can start; open ones continue.

    \b
    Example:
      swf GROUP deprecate NAME VERSION --yes
    """
    model = _model(kind, session, name, version)
    if dry_run:
        session.notify(f"would deprecate {model.upstream()!r}")
        return
    session.confirm(f"Deprecate {model.api_name} {name} {version}?", yes)
    model.delete()
    session.record(model.upstream(), STATUS_FIELDS)


def undeprecate(kind: str, session: Session, name: str, version: str, dry_run: bool) -> None:
    """Restore a deprecated type.

    \b
    Example:
      swf GROUP undeprecate NAME 0.8
    """
    model = _model(kind, session, name, version)
    if dry_run:
        session.notify(f"would undeprecate {model.upstream()!r}")
        return
    model.undelete()
    session.record(model.upstream(), STATUS_FIELDS)


def delete(kind: str, session: Session, name: str, version: str, yes: bool, dry_run: bool) -> None:
    """Delete a deprecated type permanently.

    Its name and version can be registered again.

    \b
    Example:
      swf GROUP delete NAME 0.9 --yes
    """
    model = _model(kind, session, name, version)
    if dry_run:
        session.notify(f"would delete {model.upstream()!r}")
        return
    session.confirm(f"Delete {model.api_name} {name} {version} permanently?", yes)
    model.purge()
    session.notify(f"deleted {model.api_name} {name} {version}")


def diff(kind: str, session: Session, name: str, version: str, **settings: Any) -> int:
    """Compare a type with expectations.

    The exit code is 1 if they differ.

    \b
    Example:
      swf GROUP diff NAME VERSION --task-list shipping
    """
    upstream = _model(kind, session, name, version).upstream()
    return show_differences(session, upstream.evolve(**_without_none(settings)), upstream)


def tag(kind: str, session: Session, **_: Any) -> None:  # noqa: ARG001 - the common signature
    """Explain why types have no tags.

    SWF tags domains, and executions when they start; the exit code is 4.

    \b
    Example:
      swf GROUP tag NAME VERSION team=red
    """
    raise RefusedError(
        "SWF has no tags for types; tag a domain: swf domain tag NAME KEY=VALUE, "
        "or an execution: swf execution start --tag"
    )


TAGS = click.argument("tags", nargs=-1, metavar="KEY=VALUE...")
NAME_PREFIX = click.option(
    "--name", "prefix", metavar="PREFIX", help="Select by the beginning of the name."
)


def make_group(kind: str, name: str, fields: dict[str, str]) -> CommandGroup:
    """Return the group of commands for a kind of type.

    :param kind: the class name of the model.
    :param name: the name of the group.
    :param fields: the settings of a type, and the help of their options.
    """
    settings = [
        click.option(f"--{field.replace('_', '-')}", field, metavar="VALUE", help=text)
        for field, text in fields.items()
    ]
    identity = (
        click.argument("name", shell_complete=partial(_complete_name, kind)),
        click.argument("version", shell_complete=partial(_complete_version, kind)),
    )
    commands: dict[Callable[..., Any], Sequence[Any]] = {
        list_: (STATUS, NAME_PREFIX),
        show: identity,
        create: (*identity, *settings, DRY_RUN, IGNORED_YES),
        deprecate: (*identity, CONFIRM, DRY_RUN),
        undeprecate: (*identity, DRY_RUN, IGNORED_YES),
        delete: (*identity, CONFIRM, DRY_RUN),
        diff: (*identity, *settings),
        tag: (*identity, TAGS),
    }
    group = CommandGroup(name, help=_help(kind, _GROUP_HELP))
    for function, options in commands.items():
        command: Any = common_options(partial(function, kind))
        for option in reversed(options):
            command = option(command)
        command_name = function.__name__.rstrip("_")
        text = _help(kind, inspect.getdoc(function) or "")
        group.add_command(click.command(command_name, cls=StrictCommand, help=text)(command))
    return group


_GROUP_HELP = """Manage types.

\b
Examples:
  swf GROUP list
  swf GROUP show NAME VERSION
"""


def _help(kind: str, text: str) -> str:
    """Return a help text with the words of a kind of type in place of the general ones."""
    group, name, version = EXAMPLES[kind]
    text = text.replace("a type", f"{'an' if kind == ACTIVITY else 'a'} {group.replace('-', ' ')}")
    text = text.replace(" types", f" {group.replace('-', ' ')}s").replace("GROUP", group)
    return text.replace("NAME", name).replace("VERSION", version)


def _complete_name(kind: str, ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    from swf.cli import completers  # only while a shell completes

    complete = completers.workflow_types if kind == WORKFLOW else completers.activity_types
    return complete(ctx, incomplete)


def _complete_version(
    kind: str, ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    from swf.cli import completers  # only while a shell completes

    types = "workflow_types" if kind == WORKFLOW else "activity_types"
    return completers.versions(ctx, types, ctx.params.get("name"), incomplete)


def _model(kind: str, session: Session, name: str, version: str) -> Any:
    from swf import models

    return getattr(models, kind)(session.domain(), name, version)


def _without_none(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


workflow_type = make_group(WORKFLOW, "workflow-type", WORKFLOW_FIELDS)
activity_type = make_group(ACTIVITY, "activity-type", ACTIVITY_FIELDS)
