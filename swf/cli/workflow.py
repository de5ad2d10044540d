"""`swf workflow`: start workflows of `swf.dataflow`, run them standalone, repair them."""

from __future__ import annotations

from typing import Any

import click

from swf.cli.code import load
from swf.cli.errors import FAILED
from swf.cli.options import Group, common
from swf.cli.payloads import payload, take
from swf.cli.session import Session
from swf.payload import decode

CODE = click.argument("code", metavar="MODULE:CLASS")
WORKERS = click.option(
    "-W", "--workers", type=click.IntRange(min=1), default=1, show_default=True,
    help="Activities at a time.",
)  # fmt: skip
TIMEOUT = click.option("--timeout", type=float, metavar="SECONDS", help="Wait no longer than that.")


@click.group(cls=Group)
def workflow() -> None:
    """Workflows of futures: start, standalone, repair.

    The input is a JSON list of arguments, an object {"args": [...], "kwargs": {...}}, or one
    argument.
    """


@workflow.command()
@CODE
@payload
@click.option("--workflow-id", "--id", help="Unique among open executions; made up by default.")
@click.option("--task-list", help="Where its deciders find its tasks; that of the class.")
@click.option("--execution-timeout", metavar="SECONDS", help="How long it may take.")
@click.option("--decision-tasks-timeout", metavar="SECONDS", help="How long a decision may take.")
@click.option("--tags", metavar="A,B", help="Its tags; those of the class by default.")
@common
def start(
    session: Session,
    code: str,
    workflow_id: str | None,
    task_list: str | None,
    tags: str | None,
    **options: Any,
) -> int:
    """Start an execution; with --local run it at once, on a service of its own.

    With --local its result is shown; the exit code is 0 if it completed.
    """
    args, kwargs = arguments(decode(take(options)))
    found = load(code).workflow
    if session.database is not None:
        from swf.dataflow import run_local

        return _show(session, lambda: run_local(found, *args, **kwargs))
    from swf.dataflow.starting import start as begin

    started = begin(
        found,
        args,
        kwargs,
        domain=session.domain(),
        workflow_id=workflow_id,
        task_list=task_list,
        tag_list=tags.split(",") if tags else None,
        **options,
    )
    session.record(started, ("workflow_id", "run_id"))
    return 0


@workflow.command()
@CODE
@payload
@WORKERS
@TIMEOUT
@common
def standalone(
    session: Session, code: str, workers: int, timeout: float | None, **options: Any
) -> int:
    """Run a workflow with a decider and workers in this process, on a task list of its own.

    Its result is shown; the exit code is 0 if it completed.
    """
    from swf.dataflow import standalone as run

    args, kwargs = arguments(decode(take(options)))
    found, domain = load(code).workflow, session.domain()
    return _show(
        session,
        lambda: run(found, *args, domain=domain, workers=workers, timeout=timeout, **kwargs),
    )


@workflow.command()
@CODE
@click.argument("workflow_id")
@click.argument("run_id", required=False)
@click.option(
    "--force-activities", metavar="REGEX", help="Do these again, though they had completed."
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


def _show(session: Session, run: Any) -> int:
    from swf.dataflow.exceptions import ExecutionError

    try:
        result = run()
    except ExecutionError as error:
        session.say(f"swf: {' '.join(str(error).split())}")
        return FAILED
    session.record({"result": result})
    return 0
