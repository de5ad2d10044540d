"""`swf workflow`: start workflow classes of `swf.dataflow`, run them standalone, repair them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from swf.cli.batch import DRY_RUN, IGNORED_YES
from swf.cli.code import load
from swf.cli.errors import FAILED
from swf.cli.options import CommandGroup, common_options
from swf.cli.payloads import input_options, pop_input
from swf.cli.selection import execution_arguments
from swf.cli.session import Session
from swf.constants import DEFAULT_CONCURRENCY
from swf.payload import decode

F = TypeVar("F", bound=Callable[..., Any])

CODE = click.argument("code", metavar="MODULE:CLASS")
WORKERS = click.option(
    "-W", "--workers", type=click.IntRange(min=1), default=DEFAULT_CONCURRENCY,
    show_default=True,
    help="Number of concurrent activities.",
)  # fmt: skip
TIMEOUT = click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Maximum time to wait."
)
MIDDLEWARE = click.option(
    "--middleware", "middleware_names", multiple=True, metavar="MODULE:CLASS",
    help="Middleware around each activity; repeatable, the outermost first.",
)  # fmt: skip

_START_OPTIONS = (
    click.option(
        "--workflow-id",
        "--id",
        help="Workflow id, unique among open executions; random by default.",
    ),
    click.option(
        "--execution-timeout", metavar="SECONDS", help="Maximum duration of the execution."
    ),
    click.option(
        "--decision-tasks-timeout", metavar="SECONDS", help="Maximum duration of a decision task."
    ),
    click.option("--tag", "tags", multiple=True, help="A tag; repeatable, up to five."),
    click.option("--tags", "tag_text", metavar="A,B", help="Several tags."),
)


def start_options(function: F) -> F:
    """Add the options with which an execution starts to a command.

    :param function: the command; it passes its options to `pop_input` and `pop_start_settings`.
    """
    command: Any = input_options(function)
    for option in reversed(_START_OPTIONS):
        command = option(command)
    return command  # type: ignore[no-any-return] # click's decorators return their argument


def pop_start_settings(options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of `start_options` except the input, and return arguments of `start`.

    :param options: the options of the command, which are changed.
    """
    tags = [*options.pop("tags"), *(options.pop("tag_text") or "").split(",")]
    settings = {"tag_list": [tag for tag in tags if tag] or None}
    names = ("workflow_id", "execution_timeout", "decision_tasks_timeout")
    return {**settings, **{name: options.pop(name) for name in names}}


def load_middleware(names: Iterable[str]) -> list[Any]:
    """Return an instance of each middleware class.

    :param names: the classes as MODULE:CLASS.
    """
    return [load(name).value() for name in names]


@click.group(cls=CommandGroup)
def workflow() -> None:
    """Start, run and repair workflow classes.

    The input is a JSON list of arguments, an object {"args": [...], "kwargs": {...}}, or one
    argument.

    \b
    Example:
      swf workflow start orders:Order --id order-50 --input '[{"sku": "A1"}]'
    """


@workflow.command()
@CODE
@start_options
@click.option("--task-list", help="Task list for decision tasks; that of the class by default.")
@MIDDLEWARE
@DRY_RUN
@IGNORED_YES
@common_options
def start(
    session: Session,
    code: str,
    task_list: str | None,
    middleware_names: tuple[str, ...],
    dry_run: bool,
    **options: Any,
) -> int:
    """Start an execution of a workflow class.

    With `--local` the execution runs on an embedded service and its result is shown; the exit code
    is 0 if it completed.

    \b
    Examples:
      swf workflow start orders:Order --id order-50 --input '[{"sku": "A1"}]' --tag june
      swf workflow start orders:Order --input '[{"sku": "A1"}]' --local
    """
    args, kwargs = parse_arguments(decode(pop_input(options)))
    settings, workflow_class = pop_start_settings(options), load(code).workflow
    if dry_run:
        name = settings["workflow_id"] or "an execution"
        session.notify(f"would start {name} of {workflow_class.__name__}")
        return 0
    if session.database is not None:
        middleware = load_middleware(middleware_names)
        return _show_result(
            session,
            lambda: _run_local(session, workflow_class, args, kwargs, middleware, settings),
        )
    if middleware_names:
        raise click.UsageError(
            "--middleware: an option of the worker, or with --local",
            click.get_current_context(),
        )
    from swf.dataflow.registration import start as start_workflow

    execution = start_workflow(
        workflow_class, args, kwargs,
        domain=session.domain(), task_list=task_list, **session.codec_argument(), **settings,
    )  # fmt: skip
    session.record(execution, ("workflow_id", "run_id"))
    return 0


@workflow.command()
@CODE
@start_options
@WORKERS
@TIMEOUT
@MIDDLEWARE
@common_options
def standalone(
    session: Session,
    code: str,
    workers: int,
    timeout: float | None,
    middleware_names: tuple[str, ...],
    **options: Any,
) -> int:
    """Run a workflow and its actors in one process.

    The execution runs on SWF with a private task list. Shows the result; the exit code is 0 if the
    execution completed.

    \b
    Examples:
      swf workflow standalone orders:Order --input '[{"sku": "A1"}]'
      swf workflow standalone orders:Order --input '[{"sku": "A1"}]' --workers 4 --timeout 60
    """
    from swf.dataflow import standalone as run_standalone

    args, kwargs = parse_arguments(decode(pop_input(options)))
    workflow_class, domain = load(code).workflow, session.domain()
    return _show_result(
        session,
        lambda: run_standalone(
            workflow_class,
            *args,
            domain=domain,
            workers=workers,
            timeout=timeout,
            middleware=load_middleware(middleware_names),
            start_options=pop_start_settings(options),
            **session.codec_argument(),
            **kwargs,
        ),
    )


@workflow.command()
@CODE
@execution_arguments
@click.option(
    "--force-activities",
    metavar="REGEX",
    help="Repeat completed activities whose name or id matches.",
)
@WORKERS
@TIMEOUT
@common_options
def repair(
    session: Session,
    code: str,
    workflow_id: str,
    run_id: str | None,
    force_activities: str | None,
    workers: int,
    timeout: float | None,
) -> int:
    """Rerun a closed execution in this process.

    Results of completed activities are reused. Shows the result; the exit code is 0 if the
    execution completed.

    \b
    Examples:
      swf workflow repair orders:Order order-41
      swf workflow repair orders:Order order-41 --force-activities pack --timeout 60
    """
    from swf.dataflow import standalone as run_standalone

    workflow_class, execution = load(code).workflow, session.execution(workflow_id, run_id)
    return _show_result(
        session,
        lambda: run_standalone(
            workflow_class,
            domain=session.domain(),
            workers=workers,
            timeout=timeout,
            repair=execution,
            force_activities=force_activities,
            **session.codec_argument(),
        ),
    )


def parse_arguments(payload: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and keyword arguments of an input, in simpleflow's convention.

    :param payload: the decoded input: a list, an object with `args` and `kwargs`, one argument, or
        None for no arguments.
    """
    if payload is None:
        return [], {}
    if isinstance(payload, list):
        return payload, {}
    if isinstance(payload, dict) and payload.keys() <= {"args", "kwargs"}:
        return list(payload.get("args", [])), dict(payload.get("kwargs", {}))
    return [payload], {}


def _run_local(
    session: Session,
    workflow_class: Any,
    args: Any,
    kwargs: Any,
    middleware: list[Any],
    settings: dict[str, Any],
) -> Any:
    from swf.dataflow import Local
    from swf.dataflow.registration import start as start_workflow

    codec = session.codec_argument()
    with Local(workflow_class, middleware=middleware, **codec) as local:
        execution = start_workflow(
            workflow_class, args, kwargs,
            domain=local.domain, task_list=local.decider.task_list, **codec, **settings,
        )  # fmt: skip
        return local.result(execution)


def _show_result(session: Session, run: Any) -> int:
    from swf.dataflow.exceptions import ExecutionError

    try:
        with session.spinner("running"):
            result = run()
    except ExecutionError as error:
        text = error.status if session.get("redact") else str(error)
        session.notify(f"swf: {' '.join(text.split())}")
        return FAILED
    session.record({"result": result})
    return 0
