"""`swf workflow-type` and `swf activity-type`: the same verbs on both kinds of type.

The options that say what a type is like are made from the fields of its model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from swf.cli.batch import CONFIRM, DRY_RUN, UNASKED
from swf.cli.domain import differences
from swf.cli.errors import Refused
from swf.cli.options import Group, common
from swf.cli.session import Session

#: The models, which nobody needs who asks for help.
WORKFLOW, ACTIVITY = "WorkflowType", "ActivityType"

STATUS = ("name", "version", "status")
LISTED = ("name", "version", "status", "creation_date", "description")

#: What a type is like, field by field, and what the options say of it.
WORKFLOW_FIELDS = {
    "description": "What it does, up to 1,024 characters.",
    "task_list": "Where its deciders find their tasks by default.",
    "child_policy": "What becomes of children: TERMINATE, REQUEST_CANCEL or ABANDON.",
    "execution_timeout": "Seconds that an execution may take, at most a year.",
    "decision_tasks_timeout": "Seconds that a decision may take, or NONE.",
    "task_priority": "Which of its decision tasks go first; higher is sooner.",
    "lambda_role": "The IAM role for Lambda functions.",
}
ACTIVITY_FIELDS = {
    "description": "What it does, up to 1,024 characters.",
    "task_list": "Where its workers find their tasks by default.",
    "task_heartbeat_timeout": "Seconds between two heartbeats, or NONE.",
    "task_schedule_to_close_timeout": "Seconds from its scheduling to its end, or NONE.",
    "task_schedule_to_start_timeout": "Seconds until a worker takes it, or NONE.",
    "task_start_to_close_timeout": "Seconds that the work may take, or NONE.",
    "task_priority": "Which of the tasks on a list go first; higher is sooner.",
}


def list_(kind: str, session: Session, status: str, wanted: str | None) -> None:
    """List types, those that are registered by default."""
    domain = session.domain()
    types: Any = domain.workflow_types if kind == WORKFLOW else domain.activity_types
    found = types.all(None if status == "ALL" else status)
    session.rows(found.filter(name=wanted) if wanted else found, LISTED)


def show(kind: str, session: Session, name: str, version: str) -> None:
    """Show a type with its defaults."""
    session.record(_named(kind, session, name, version).upstream())


def create(
    kind: str, session: Session, name: str, version: str, dry_run: bool, **given: Any
) -> None:
    """Register a type."""
    wanted = _named(kind, session, name, version).evolve(**_given(given))
    if dry_run:
        session.say(f"would register {wanted!r}")
        return
    wanted.save()
    session.record(wanted.upstream())


def deprecate(
    kind: str, session: Session, name: str, version: str, yes: bool, dry_run: bool
) -> None:
    """Deprecate a type: nothing new of it begins."""
    wanted = _named(kind, session, name, version)
    if dry_run:
        session.say(f"would deprecate {wanted.upstream()!r}")
        return
    session.confirm(f"Deprecate {wanted.api_name} {name} {version}?", yes)
    wanted.delete()
    session.record(wanted.upstream(), STATUS)


def undeprecate(kind: str, session: Session, name: str, version: str, dry_run: bool) -> None:
    """Register a deprecated type again."""
    wanted = _named(kind, session, name, version)
    if dry_run:
        session.say(f"would undeprecate {wanted.upstream()!r}")
        return
    wanted.undelete()
    session.record(wanted.upstream(), STATUS)


def delete(kind: str, session: Session, name: str, version: str, yes: bool, dry_run: bool) -> None:
    """Delete a deprecated type for good: its name and version are free again."""
    wanted = _named(kind, session, name, version)
    if dry_run:
        session.say(f"would delete {wanted.upstream()!r}")
        return
    session.confirm(f"Delete {wanted.api_name} {name} {version} for good?", yes)
    wanted.purge()
    session.say(f"deleted {wanted.api_name} {name} {version}")


def diff(kind: str, session: Session, name: str, version: str, **given: Any) -> int:
    """Show where a type differs from what is asked for; exit with 1 if it does."""
    upstream = _named(kind, session, name, version).upstream()
    return differences(session, upstream.evolve(**_given(given)), upstream)


def tag(kind: str, session: Session, **_: Any) -> None:  # noqa: ARG001 - as the others
    """Refuse: SWF puts tags on domains, and on executions when they start."""
    raise Refused(
        "SWF has no tags for types; a domain's: swf domain tag NAME KEY=VALUE, "
        "an execution's: swf execution start --tag"
    )


TAGS = click.argument("tags", nargs=-1, metavar="KEY=VALUE...")
WHICH = (
    click.option(
        "--status", type=click.Choice(("REGISTERED", "DEPRECATED", "ALL"), case_sensitive=False),
        default="REGISTERED", help="Which of them; those that are registered by default.",
    ),
    click.option("--name", "wanted", help="Only those of this name, in all versions."),
)  # fmt: skip


def group_of(kind: str, name: str, likes: dict[str, str]) -> Group:
    """Return the group of commands for a kind of type."""
    fields = [
        click.option(f"--{field.replace('_', '-')}", field, metavar="VALUE", help=told)
        for field, told in likes.items()
    ]
    identity = (
        click.argument("name", shell_complete=partial(_complete, kind)),
        click.argument("version", shell_complete=partial(_complete_version, kind)),
    )
    verbs: dict[Callable[..., Any], Sequence[Any]] = {
        list_: WHICH,
        show: identity,
        create: (*identity, *fields, DRY_RUN, UNASKED),
        deprecate: (*identity, CONFIRM, DRY_RUN),
        undeprecate: (*identity, DRY_RUN, UNASKED),
        delete: (*identity, CONFIRM, DRY_RUN),
        diff: (*identity, *fields),
        tag: (*identity, TAGS),
    }
    group = Group(name, help=f"{name.replace('-', ' ').capitalize()}s of a domain.")
    for function, options in verbs.items():
        command: Any = common(partial(function, kind))
        for option in reversed(options):
            command = option(command)
        verb = function.__name__.rstrip("_")
        group.add_command(click.command(verb, help=function.__doc__)(command))
    return group


def _complete(kind: str, ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    from swf.cli import completion  # only while a shell completes

    complete = completion.workflow_types if kind == WORKFLOW else completion.activity_types
    return complete(ctx, incomplete)


def _complete_version(
    kind: str, ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    from swf.cli import completion  # only while a shell completes

    types = "workflow_types" if kind == WORKFLOW else "activity_types"
    return completion.versions(ctx, types, ctx.params.get("name"), incomplete)


def _named(kind: str, session: Session, name: str, version: str) -> Any:
    """Return the type that is meant."""
    from swf import models

    return getattr(models, kind)(session.domain(), name, version)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in options.items() if value is not None}


workflow_type = group_of(WORKFLOW, "workflow-type", WORKFLOW_FIELDS)
activity_type = group_of(ACTIVITY, "activity-type", ACTIVITY_FIELDS)
