"""`swf execution`: find executions, start them, wait for them.

`control` has the commands that change executions, `inspect` those that read histories, and
`relations` those about several executions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from swf.cli import control, inspect, relations
from swf.cli.batch import DRY_RUN, IGNORED_YES
from swf.cli.computed_fields import (
    COMPUTED_FIELDS,
    INPUT,
    OUTCOME,
    explain_fields,
    rows_with_computed_fields,
    with_described_fields,
)
from swf.cli.errors import FAILED
from swf.cli.options import CommandGroup, common_options, complete_fields
from swf.cli.payloads import input_options, pop_input
from swf.cli.selection import (
    complete_tag,
    complete_type,
    complete_version,
    execution_arguments,
    filter_executions,
    filter_options,
    pop_lookups,
)
from swf.cli.session import Session
from swf.constants import (
    CHILD_POLICIES,
    CLOSE_STATUS_COMPLETED,
    CLOSE_STATUS_CONTINUED_AS_NEW,
)

#: Columns of a table; a terminal shows those that fit.
TABLE_FIELDS = (
    "workflow_id",
    "workflow_type",
    "state",
    "age",
    "tag_list",
    "run_id",
    "start_timestamp",
    "close_timestamp",
)

#: Fields in the other formats.
LIST_FIELDS = (
    "workflow_id",
    "run_id",
    "workflow_type",
    "status",
    "close_status",
    "start_timestamp",
    "close_timestamp",
    "tag_list",
)


TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Maximum time to wait for a run; then the exit code is 1.",
)


@click.group(cls=CommandGroup)
def execution() -> None:
    """Find, start, control and inspect executions.

    \b
    Examples:
      swf execution list
      swf execution show order-42
    """


for _command in (*control.COMMANDS, *inspect.COMMANDS, *relations.COMMANDS):
    execution.add_command(_command)


@execution.command("list")
@filter_options
@click.option("--all", "include_closed", is_flag=True, help="Include closed executions.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of rows.")
@click.option(
    "--sort",
    "order",
    metavar="FIELD",
    multiple=True,
    shell_complete=complete_fields,
    help="Sort by a field, -FIELD descending, after all pages; repeatable.",
)
@click.option(
    "--group-by",
    "groups",
    metavar="FIELD,...",
    shell_complete=complete_fields,
    help="Count executions by fields, such as type,state or input.customer.",
)
@click.option("--explain", is_flag=True, help="Show the calls that this would make, and stop.")
@common_options
def list_(
    session: Session,
    include_closed: bool,
    limit: int | None,
    order: tuple[str, ...],
    groups: str | None,
    explain: bool,
    **options: Any,
) -> None:
    """List executions, newest first.

    Without `--all`, `--status` or a filter on closed executions, the list has open executions.

    `--where` compares fields by = != < <= > >= ~ (contains a text, or matches /regex/) !~ in, and
    combines comparisons by and, or, not and parentheses. Fields are those of the list and of a
    description, `duration`, `age`, `state`, and parts of payloads such as `input.customer`.

    \b
    Examples:
      swf execution list --where 'tag=eu and duration>1h and input.customer="c3"'
      swf execution list --where 'state=failed and reason ~ /time.*out/i' --group-by type,reason
      swf execution list --tag june --since 2d
      swf execution list --close-status FAILED --type ship --limit 10
      swf execution list --all --sort workflow_id --explain
    """
    executions = filter_executions(session.executions(), pop_lookups(options))
    executions = executions if include_closed or session.has_only_closed else executions.all()
    if groups:
        _list_groups(session, executions, groups.split(","), explain=explain)
        return
    executions = executions.order_by(*order) if order else executions
    executions = executions[:limit] if limit else executions
    if explain:
        session.echo(explain_fields(executions, session.fields))
        return
    defaults = TABLE_FIELDS if session.format == "table" else LIST_FIELDS
    fields = session.fields or defaults
    known_fields = (*executions.schema.attributes, *COMPUTED_FIELDS)
    described = with_described_fields(executions, fields)
    rows = rows_with_computed_fields(session, described, fields)
    session.rows(rows, defaults, known_fields)


def _list_groups(session: Session, executions: Any, names: list[str], *, explain: bool) -> None:
    """Write a row for each group of executions with equal fields."""
    if explain:
        session.echo(str(executions.values(*names).explain()))
        return
    rows = (_nested(group) for group in executions.group_by(*names))
    session.rows(rows, (*names, "count"))


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row in which `a.b` is a field of the field `a`."""
    result: dict[str, Any] = {}
    for name, value in row.items():
        *parents, last = name.split(".")
        target = result
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value
    return result


@execution.command()
@filter_options
@common_options
def count(session: Session, **options: Any) -> None:
    """Count executions, open and closed.

    Uses the count operations of SWF where they support the filters.

    \b
    Examples:
      swf execution count --status open
      swf execution count --type ship --since 1d --output json
    """
    number = filter_executions(session.executions(), pop_lookups(options)).count()
    session.record({"count": int(number), "truncated": number.truncated})


@execution.command()
@execution_arguments
@common_options
def show(session: Session, workflow_id: str, run_id: str | None) -> None:
    """Show an execution with input and result.

    \b
    Examples:
      swf execution show order-42
      swf execution show order-41 --output json
    """
    session.record(_describe(session, session.execution(workflow_id, run_id)))


def _describe(session: Session, execution: Any) -> dict[str, Any]:
    """Return the description of an execution together with the fields of its history."""
    run = session.history(execution).execution
    description = {name: getattr(execution, name) for name in execution.to_dict()}
    [computed] = rows_with_computed_fields(session, [execution], ("state", "age", "duration"))
    return {
        **description,
        **{name: computed[name] for name in ("state", "age", "duration")},
        **{name: getattr(run, name) for name in (*INPUT, *OUTCOME)},
    }


@execution.command()
@click.argument("type_name", metavar="TYPE", shell_complete=complete_type)
@click.argument("version", shell_complete=complete_version)
@click.option(
    "--workflow-id", "--id", help="Workflow id, unique among open executions; random by default."
)
@input_options
@click.option(
    "--tag",
    "tags",
    multiple=True,
    shell_complete=complete_tag,
    help="A tag; repeatable, up to five.",
)
@click.option("--task-list", help="Task list for decision tasks.")
@click.option(
    "--child-policy", type=click.Choice(CHILD_POLICIES), help="Policy for open child executions."
)
@click.option("--execution-timeout", metavar="SECONDS", help="Maximum duration of the execution.")
@click.option(
    "--decision-tasks-timeout",
    metavar="SECONDS",
    help="Maximum duration of a decision task, or NONE.",
)
@click.option(
    "--task-priority", type=int, help="Priority of decision tasks; higher numbers go first."
)
@click.option("--lambda-role", metavar="ARN", help="The IAM role for Lambda functions.")
@click.option("--wait", "is_waiting", is_flag=True, help="Wait, and show the result.")
@TIMEOUT
@DRY_RUN
@IGNORED_YES
@common_options
def start(
    session: Session,
    type_name: str,
    version: str,
    workflow_id: str | None,
    tags: tuple[str, ...],
    is_waiting: bool,
    timeout: float | None,
    dry_run: bool,
    **options: Any,
) -> int:
    """Start an execution of a workflow type.

    The registered defaults of the type apply to options that are not given. With `--wait` the exit
    code is 0 if the execution completed, otherwise 1.

    \b
    Examples:
      swf execution start ship 1.0 --id order-50 --input '{"sku": "A1"}' --tag june
      swf execution start ship 1.0 --execution-timeout 3600 --dry-run
    """
    from swf.models import WorkflowType

    payload = session.encode_payload(pop_input(options))
    workflow_type = WorkflowType(session.domain(), type_name, version)
    if dry_run:
        workflow_type.upstream()  # raises if the type does not exist
        session.notify(f"would start {workflow_id or 'an execution'} of {type_name} {version}")
        return 0
    execution = workflow_type.start_execution(
        workflow_id, input=payload, tag_list=list(tags) or None, **options
    )
    if not is_waiting:
        session.record(execution, ("workflow_id", "run_id"))
        return 0
    with session.spinner(f"waiting for {execution.workflow_id}"):
        run = execution.wait(timeout)
    return _show_outcome(session, run)


@execution.command()
@execution_arguments
@TIMEOUT
@click.option("--follow", is_flag=True, help="Wait for runs that continue it as new, too.")
@click.option("--result", "with_result", is_flag=True, help="Show the result or the reason.")
@common_options
def wait(
    session: Session,
    workflow_id: str,
    run_id: str | None,
    timeout: float | None,
    follow: bool,
    with_result: bool,
) -> int:
    """Wait until an execution closes.

    The exit code is 0 if the execution completed, otherwise 1.

    \b
    Examples:
      swf execution wait order-41
      swf execution wait order-41 --timeout 60 --follow --result
    """
    with session.spinner(f"waiting for {workflow_id}"):
        run = session.execution(workflow_id, run_id).wait(timeout)
        while follow and run.close_status == CLOSE_STATUS_CONTINUED_AS_NEW:
            run = session.execution(workflow_id).wait(timeout)
    if with_result:
        return _show_outcome(session, run)
    session.record(run, ("workflow_id", "run_id", "close_status", "close_timestamp"))
    return _exit_code(run)


def _show_outcome(session: Session, run: Any) -> int:
    """Write the outcome of a closed run, and return the exit code."""
    fields = ("workflow_id", "run_id", "close_status", *OUTCOME)
    [row] = rows_with_computed_fields(session, [run], fields)
    session.record(row, fields)
    return _exit_code(run)


def _exit_code(run: Any) -> int:
    return 0 if run.close_status == CLOSE_STATUS_COMPLETED else FAILED
