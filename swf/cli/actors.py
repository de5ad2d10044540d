"""`swf decider start` and `swf worker start`: run the actors of user code.

User code is a flow, a workflow class of `swf.dataflow` or a module of them, or a subclass of
`Decider` or `ActivityWorker`. The first Ctrl-C or SIGTERM lets current tasks finish; the second
ends the process immediately.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from swf.cli.code import UserCode, load
from swf.cli.errors import INTERRUPTED
from swf.cli.logs import configure_logging
from swf.cli.options import CommandGroup, common_options
from swf.cli.session import Session
from swf.cli.workflow import MIDDLEWARE, load_middleware
from swf.constants import DEFAULT_CONCURRENCY

F = TypeVar("F", bound=Callable[..., Any])

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

CODE = click.argument("code", nargs=-1, required=True, metavar="MODULE[:NAME]...")
_OPTIONS = (
    click.option("-t", "--task-list", help="Task list to poll; that of the code by default."),
    click.option(
        "-c", "--concurrency", type=click.IntRange(min=1), default=DEFAULT_CONCURRENCY,
        show_default=True, help="Number of concurrent tasks per process.",
    ),
    click.option(
        "-N", "--nb-processes", type=click.IntRange(min=1), default=1, show_default=True,
        help="Number of processes; one that dies is restarted.",
    ),
    click.option("--identity", help="Identity in histories; host, process and thread by default."),
    click.option("--one-task", is_flag=True, help="Poll once, process the task, and exit."),
    click.option(
        "-l", "--log-level", default="INFO", show_default=True,
        type=click.Choice(("DEBUG", "INFO", "WARNING", "ERROR"), case_sensitive=False),
        help="Level of the log on standard error.",
    ),
)  # fmt: skip


def actor_options(function: F) -> F:
    """Add the options of an actor to a command."""
    command: Any = CODE(function)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command  # type: ignore[no-any-return] # click's decorators return their argument


@click.group(cls=CommandGroup)
def decider() -> None:
    """Run deciders.

    \b
    Example:
      swf decider start orders --one-task
    """


@decider.command("start")
@actor_options
@common_options
def start_deciders(session: Session, code: tuple[str, ...], **options: Any) -> int:
    """Start deciders.

    The code is a flow, a workflow class or a module with several, or a subclass of Decider.

    \b
    Examples:
      swf decider start orders --one-task
      swf decider start orders:Order --task-list orders --concurrency 4 --one-task
    """
    return _run_actors(session, code, options, make_deciders)


@click.group(cls=CommandGroup)
def worker() -> None:
    """Run activity workers.

    \b
    Example:
      swf worker start orders --one-task
    """


@worker.command("start")
@actor_options
@MIDDLEWARE
@common_options
def start_workers(session: Session, code: tuple[str, ...], **options: Any) -> int:
    """Start activity workers.

    The code is a flow, a module with activities of `swf.dataflow`, or a subclass of ActivityWorker.

    \b
    Examples:
      swf worker start orders --one-task
      swf worker start orders --task-list orders --concurrency 4 --one-task
    """
    return _run_actors(session, code, options, make_workers)


def make_deciders(
    session: Session, code: list[UserCode], task_list: str | None, **options: Any
) -> list[Any]:
    """Return the deciders for user code, not started.

    :param task_list: the task list to poll; that of the code by default.
    :param options: further arguments of the deciders.
    """
    actors: list[Any] = []
    classes: dict[str, list[Any]] = {}
    for item in code:
        workflows = workflow_classes(item)
        if workflows:
            for workflow in workflows:
                name = task_list or getattr(workflow, "task_list", None) or "default"
                classes.setdefault(name, []).append(workflow)
        elif item.is_flow:
            actors.append(item.flow.decider(**options).actor)
        else:
            actors.append(_make_actor(session, item, task_list, options))
    if classes:
        from swf.dataflow import Decider

        actors += [
            Decider(session.domain(), name, workflows, **session.codec_argument(), **options)
            for name, workflows in classes.items()
        ]
    return actors


def make_workers(
    session: Session,
    code: list[UserCode],
    task_list: str | None,
    *,
    middleware_names: tuple[str, ...] = (),
    **options: Any,
) -> list[Any]:
    """Return the workers for user code, not started.

    :param task_list: the task list to poll; that of the code by default.
    :param middleware_names: middleware classes as MODULE:CLASS, for workers of `swf.dataflow`.
    :param options: further arguments of the workers.
    :raises click.UsageError: there is middleware for workers that do not support it.
    """
    actors: list[Any] = []
    uses_dataflow = False
    for item in code:
        if item.is_flow and not item.is_workflow:
            actors += item.flow.worker(**options).actors
        elif isinstance(item.value, type) and not item.is_workflow:
            actors.append(_make_actor(session, item, task_list, options))
        else:
            uses_dataflow = True
    if middleware_names and not uses_dataflow:
        raise click.UsageError(
            "--middleware: only for workers of swf.dataflow", click.get_current_context()
        )
    if uses_dataflow:
        from swf.dataflow import ActivityWorker, registry

        activities: dict[str, list[Any]] = {}
        for activity in registry:
            activities.setdefault(task_list or activity.task_list, []).append(activity)
        actors += [
            ActivityWorker(
                session.domain(),
                name,
                functions,
                middleware=load_middleware(middleware_names),
                **session.codec_argument(),
                **options,
            )
            for name, functions in activities.items()
        ]
    return actors


def workflow_classes(code: UserCode) -> list[Any]:
    """Return the workflow class that user code is, or those that a module defines."""
    if code.is_workflow:
        return [code.value]
    if isinstance(code.value, type) or code.is_flow:
        return []
    members = vars(code.value).values() if hasattr(code.value, "__dict__") else ()
    module = getattr(code.value, "__name__", None)
    definitions = [value for value in members if getattr(value, "__module__", None) == module]
    return [value for value in definitions if UserCode(code.name, value).is_workflow]


def _make_actor(
    session: Session, code: UserCode, task_list: str | None, options: dict[str, Any]
) -> Any:
    from swf.actors import ActivityWorker, Actor

    if not (isinstance(code.value, type) and issubclass(code.value, Actor)):
        raise click.UsageError(
            f"{code.name} is not a flow, a workflow class or an actor class",
            click.get_current_context(),
        )
    if task_list is None:
        raise click.UsageError(
            f"--task-list is required for {code.name}", click.get_current_context()
        )
    codec = session.codec_argument() if issubclass(code.value, ActivityWorker) else {}
    return code.value(session.domain(), task_list, **codec, **options)


def _run_actors(
    session: Session,
    names: tuple[str, ...],
    options: dict[str, Any],
    make_actors: Callable[..., list[Any]],
) -> int:
    configure_logging(options.pop("log_level"), LOG_FORMAT)
    processes, one_task = options.pop("nb_processes"), options.pop("one_task")
    session.connect()
    if processes > 1 and session.service is not None:
        raise click.UsageError(
            "--nb-processes needs a served instance, not --local: "
            f"run `swf local --database {session.database}` and use its endpoint",
            click.get_current_context(),
        )
    code = [load(name) for name in names]
    actors = make_actors(session, code, options.pop("task_list"), **options)
    if not actors:
        raise click.UsageError("the code has nothing to run", click.get_current_context())
    for actor in actors:
        session.notify(f"{actor!r}")
    if one_task:
        outcomes = [actor.poll_once() for actor in actors]
        session.notify(f"{sum(outcomes)} tasks done")
        return 0
    from swf.actors.group import run_actors

    run = partial(run_actors, actors)
    if processes > 1:
        from swf.actors.processes import Supervisor

        exit_code = Supervisor(run, processes, actors[0].backoff, "swf").run()
    else:
        exit_code = run()
    return INTERRUPTED if exit_code > 128 else exit_code
