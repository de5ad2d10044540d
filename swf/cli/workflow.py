"""`swf workflow`: start workflows of `swf.dataflow`, run them standalone, repair them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from swf.cli.batch import DRY_RUN, UNASKED
from swf.cli.code import load
from swf.cli.errors import FAILED
from swf.cli.options import Group, common
from swf.cli.payloads import payload, take
from swf.cli.selection import one
from swf.cli.session import Session
from swf.payload import decode

F = TypeVar("F", bound=Callable[..., Any])

CODE = click.argument("code", metavar="MODULE:CLASS")
WORKERS = click.option(
    "-W", "--workers", type=click.IntRange(min=1), default=1, show_default=True,
    help="Activities at a time.",
)  # fmt: skip
TIMEOUT = click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer than that."
)
MIDDLEWARE = click.option(
    "--middleware", "middleware_names", multiple=True, metavar="MODULE:CLASS",
    help="What runs around each activity, the outermost first; repeatable.",
)  # fmt: skip

_STARTING = (
    click.option("--workflow-id", "--id", help="Unique among open executions; made up by default."),
    click.option("--execution-timeout", metavar="SECONDS", help="How long it may take."),
    click.option(
        "--decision-tasks-timeout", metavar="SECONDS", help="How long a decision may take."
    ),
    click.option("--tag", "tags", multiple=True, help="A tag; repeatable, up to five."),
    click.option("--tags", "more_tags", metavar="A,B", help="Several tags at once."),
)


def starting(function: F) -> F:
    """Take the options with which an execution starts."""
    wrapped: Any = payload(function)
    for option in reversed(_STARTING):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return] # click's decorators return what they are given


def settings(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `starting` out of others, the input aside, as arguments of `start`."""
    tags = [*options.pop("tags"), *(options.pop("more_tags") or "").split(",")]
    found = {"tag_list": [tag for tag in tags if tag] or None}
    names = ("workflow_id", "execution_timeout", "decision_tasks_timeout")
    return {**found, **{name: options.pop(name) for name in names}}


def middleware(names: Iterable[str]) -> list[Any]:
    """Return the middleware that is named, an instance of each class."""
    return [load(name).value() for name in names]


@click.group(cls=Group)
def workflow() -> None:
    """Workflows of futures: start, standalone, repair.

    The input is a JSON list of arguments, an object {"args": [...], "kwargs": {...}}, or one
    argument.
    """


@workflow.command()
@CODE
@starting
@click.option("--task-list", help="Where its deciders find its tasks; that of the class.")
@MIDDLEWARE
@DRY_RUN
@UNASKED
@common
def start(
    session: Session,
    code: str,
    task_list: str | None,
    middleware_names: tuple[str, ...],
    dry_run: bool,
    **options: Any,
) -> int:
    """Start an execution; with --local run it at once, on a service of its own.

    With --local its result is shown; the exit code is 0 if it completed.
    """
    args, kwargs = arguments(decode(take(options)))
    given, found = settings(options), load(code).workflow
    if dry_run:
        session.say(f"would start {given['workflow_id'] or 'an execution'} of {found.__name__}")
        return 0
    if session.database is not None:
        around = middleware(middleware_names)
        return _show(session, lambda: _locally(session, found, args, kwargs, around, given))
    if middleware_names:
        raise click.UsageError(
            "--middleware: of the worker that runs the activities, or with --local",
            click.get_current_context(),
        )
    from swf.dataflow.registration import start as begin

    started = begin(
        found, args, kwargs,
        domain=session.domain(), task_list=task_list, **session.coded(), **given,
    )  # fmt: skip
    session.record(started, ("workflow_id", "run_id"))
    return 0


@workflow.command()
@CODE
@starting
@WORKERS
@TIMEOUT
@MIDDLEWARE
@common
def standalone(
    session: Session,
    code: str,
    workers: int,
    timeout: float | None,
    middleware_names: tuple[str, ...],
    **options: Any,
) -> int:
    """Run a workflow with a decider and workers in this process, on a task list of its own.

    Its result is shown; the exit code is 0 if it completed.
    """
    from swf.dataflow import standalone as run

    args, kwargs = arguments(decode(take(options)))
    found, domain = load(code).workflow, session.domain()
    return _show(
        session,
        lambda: run(
            found,
            *args,
            domain=domain,
            workers=workers,
            timeout=timeout,
            middleware=middleware(middleware_names),
            starting=settings(options),
            **session.coded(),
            **kwargs,
        ),
    )


@workflow.command()
@CODE
@one
@click.option(
    "--force-activities",
    metavar="REGEX",
    help="Do activities in whose name or id this is found again, though they had completed.",
)
@WORKERS
@TIMEOUT
@common
def repair(
    session: Session,
    code: str,
    workflow_id: str,
    run_id: str | None,
    force_activities: str | None,
    workers: int,
    timeout: float | None,
) -> int:
    """Run a closed execution again in this process, and keep the results that it had."""
    from swf.dataflow import standalone as run

    found, before = load(code).workflow, session.execution(workflow_id, run_id)
    return _show(
        session,
        lambda: run(
            found,
            domain=session.domain(),
            workers=workers,
            timeout=timeout,
            repair=before,
            force_activities=force_activities,
            **session.coded(),
        ),
    )


def arguments(given: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and named arguments for an input, as the ancestors read it."""
    if given is None:
        return [], {}
    if isinstance(given, list):
        return given, {}
    if isinstance(given, dict) and given.keys() <= {"args", "kwargs"}:
        return list(given.get("args", [])), dict(given.get("kwargs", {}))
    return [given], {}


def _locally(
    session: Session,
    workflow: Any,
    args: Any,
    kwargs: Any,
    around: list[Any],
    given: dict[str, Any],
) -> Any:
    from swf.dataflow import Local
    from swf.dataflow.registration import start as begin

    coded = session.coded()
    with Local(workflow, middleware=around, **coded) as local:
        task_list = local.decider.task_list  # all it runs is on one
        started = begin(
            workflow, args, kwargs, domain=local.domain, task_list=task_list, **coded, **given
        )
        return local.result(started)


def _show(session: Session, run: Any) -> int:
    from swf.dataflow.exceptions import ExecutionError

    try:
        with session.busy("running"):
            result = run()
    except ExecutionError as error:
        told = error.status if session.get("redact") else str(error)
        session.say(f"swf: {' '.join(told.split())}")
        return FAILED
    session.record({"result": result})
    return 0
