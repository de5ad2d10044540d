"""`swf decider start` and `swf worker start`: actors of the code that is named.

What may be named: a flow, a workflow class of `swf.dataflow` or a module with several, a subclass
of `Decider` or `ActivityWorker`. The first Ctrl-C or SIGTERM lets what is in hand be finished, the
second does not.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from swf.cli.code import Code, load
from swf.cli.errors import INTERRUPTED
from swf.cli.options import Group, common
from swf.cli.session import Session
from swf.cli.workflow import MIDDLEWARE, middleware

F = TypeVar("F", bound=Callable[..., Any])

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

CODE = click.argument("code", nargs=-1, required=True, metavar="MODULE[:THING]...")
_OPTIONS = (
    click.option("-t", "--task-list", help="Which list to poll; that of the code by default."),
    click.option(
        "-c", "--concurrency", type=click.IntRange(min=1), default=1, show_default=True,
        help="Tasks at a time in each process.",
    ),
    click.option(
        "-N", "--nb-processes", type=click.IntRange(min=1), default=1, show_default=True,
        help="Processes; one that dies is started again.",
    ),
    click.option("--identity", help="How histories name it; host, process and thread by default."),
    click.option("--one-task", is_flag=True, help="Poll once, do what came, and end."),
    click.option(
        "-l", "--log-level", default="INFO", show_default=True,
        type=click.Choice(("DEBUG", "INFO", "WARNING", "ERROR"), case_sensitive=False),
        help="What is logged, on standard error.",
    ),
)  # fmt: skip


def options(function: F) -> F:
    """Take the options of an actor."""
    wrapped: Any = CODE(function)
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return] # click's decorators return what they are given


@click.group(cls=Group)
def decider() -> None:
    """Run deciders."""


@decider.command("start")
@options
@common
def start_deciders(session: Session, code: tuple[str, ...], **given: Any) -> int:
    """Decide for executions of flows, of workflow classes, or by subclasses of Decider."""
    return _serve(session, code, given, deciders)


@click.group(cls=Group)
def worker() -> None:
    """Run activity workers."""


@worker.command("start")
@options
@MIDDLEWARE
@common
def start_workers(session: Session, code: tuple[str, ...], **given: Any) -> int:
    """Perform activities of flows, of `swf.dataflow`, or by subclasses of ActivityWorker."""
    return _serve(session, code, given, workers)


def deciders(session: Session, found: list[Code], task_list: str | None, **given: Any) -> list[Any]:
    """Return the deciders of some code, not started."""
    made: list[Any] = []
    classes: dict[str, list[Any]] = {}
    for code in found:
        of_dataflow = workflows(code)
        if of_dataflow:
            for workflow in of_dataflow:
                name = task_list or getattr(workflow, "task_list", None) or "default"
                classes.setdefault(name, []).append(workflow)
        elif code.is_flow:
            made.append(code.flow.decider(**given).actor)
        else:
            made.append(_actor(session, code, task_list, given))
    if classes:
        from swf.dataflow import Decider

        made += [
            Decider(session.domain(), name, each, **session.coded(), **given)
            for name, each in classes.items()
        ]
    return made


def workers(
    session: Session,
    found: list[Code],
    task_list: str | None,
    *,
    middleware_names: tuple[str, ...] = (),
    **given: Any,
) -> list[Any]:
    """Return the workers of some code, not started."""
    made: list[Any] = []
    plain = False
    for code in found:
        if code.is_flow and not code.is_workflow:
            made += code.flow.worker(**given).actors
        elif isinstance(code.value, type) and not code.is_workflow:
            made.append(_actor(session, code, task_list, given))
        else:
            plain = True
    if middleware_names and not plain:
        raise click.UsageError(
            "--middleware: only for workers of swf.dataflow", click.get_current_context()
        )
    if plain:
        from swf.dataflow import ActivityWorker, registry

        lists: dict[str, list[Any]] = {}
        for activity in registry:
            lists.setdefault(task_list or activity.task_list, []).append(activity)
        made += [
            ActivityWorker(
                session.domain(),
                name,
                each,
                middleware=middleware(middleware_names),
                **session.coded(),
                **given,
            )
            for name, each in lists.items()
        ]
    return made


def workflows(code: Code) -> list[Any]:
    """Return the workflow classes that are named, or that a module defines."""
    if code.is_workflow:
        return [code.value]
    if isinstance(code.value, type) or code.is_flow:
        return []
    named = vars(code.value).values() if hasattr(code.value, "__dict__") else ()
    home = getattr(code.value, "__name__", None)
    own = [value for value in named if getattr(value, "__module__", None) == home]
    return [value for value in own if Code(code.name, value).is_workflow]


def _actor(session: Session, code: Code, task_list: str | None, given: dict[str, Any]) -> Any:
    from swf.actors import ActivityWorker, Actor

    if not (isinstance(code.value, type) and issubclass(code.value, Actor)):
        raise click.UsageError(
            f"{code.name} is no flow, no workflow class, and no class of an actor",
            click.get_current_context(),
        )
    if task_list is None:
        raise click.UsageError(f"{code.name}: which --task-list?", click.get_current_context())
    coded = session.coded() if issubclass(code.value, ActivityWorker) else {}
    return code.value(session.domain(), task_list, **coded, **given)


def _serve(
    session: Session, names: tuple[str, ...], given: dict[str, Any], make: Callable[..., list[Any]]
) -> int:
    logging.basicConfig(level=given.pop("log_level"), format=FORMAT, stream=sys.stderr)
    processes, one_task = given.pop("nb_processes"), given.pop("one_task")
    session.connect()
    actors = make(session, [load(name) for name in names], given.pop("task_list"), **given)
    if not actors:
        raise click.UsageError("there is nothing to run in this code", click.get_current_context())
    for actor in actors:
        session.say(f"{actor!r}")
    if one_task:
        done = [actor.poll_once() for actor in actors]
        session.say(f"{sum(done)} tasks done")
        return 0
    from swf.actors.group import run_actors

    work = partial(run_actors, actors)
    if processes > 1:
        from swf.actors.processes import Supervisor

        code = Supervisor(work, processes, actors[0].backoff, "swf").run()
    else:
        code = work()
    return INTERRUPTED if code > 128 else code
