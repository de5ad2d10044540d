"""Commands that change something: dry runs, confirmation, and bulk operations with `--rps`.

`run_batch` applies a change to the executions that `swf.cli.bulk` selects.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from swf.cli.journal import DONE, Journal
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.cli.bulk import Selection

DRY_RUN = click.option("--dry-run", is_flag=True, help="Show the effect without any change.")
#: For commands that never ask, so that a script may pass `--yes` to every command.
IGNORED_YES = click.option("-y", "--yes", is_flag=True, expose_value=False, hidden=True)
CONFIRM = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
RPS = click.option(
    "--rps",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Maximum number of calls per second.",
)

JOURNAL = click.option(
    "--journal",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Record each outcome in a file; executions done according to the file are skipped.",
)

#: Columns of a bulk operation's result.
OUTCOME = ("workflow_id", "run_id", "outcome", "reason")

#: The other values of `outcome` than "done".
REFUSED, SKIPPED = "refused", "skipped"

#: Seconds by which a batch may be late and still catch up with its rate.
MAX_LAG = 0.1

#: Concurrent calls of a batch with a rate: one call at a time may take longer than a rate allows.
CONCURRENCY = 8

#: Maximum number of executions that a plan lists.
PLAN_ROWS = 10

F = TypeVar("F", bound=Callable[..., Any])


def batch_options(function: F) -> F:
    """Add `--yes`, `--dry-run`, `--rps` and `--journal` to a command.

    :param function: the command; it passes its options to `run_batch`.
    """
    command: Any = function
    for option in (JOURNAL, RPS, DRY_RUN, CONFIRM):
        command = option(command)
    return command  # type: ignore[no-any-return] # click's decorators return their argument


def throttle(
    items: Iterable[Any],
    per_second: float | None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Any]:
    """Yield items at a limited rate; a late item does not delay the following ones.

    :param per_second: items per second; None for no limit.
    :param clock: returns the time in seconds.
    :param sleep: waits for a number of seconds.
    """
    due = clock()
    for item in items:
        if per_second:
            sleep(max(0.0, due - clock()))
            due = max(due, clock() - MAX_LAG) + 1 / per_second
        yield item


def track_progress(items: Sequence[Any], description: str) -> Iterable[Any]:
    """Return the items; on a terminal show a progress bar while they are consumed.

    :param description: the text next to the bar.
    """
    if len(items) < 2 or not sys.stderr.isatty():
        return items
    from rich.console import Console  # only for a terminal
    from rich.progress import track

    return track(items, description, console=Console(stderr=True), transient=True)


def run_batch(
    session: Session,
    verb: str,
    selection: Selection,
    action: Callable[[Any], Any],
    options: Mapping[str, Any],
    *,
    ask: bool = True,
    is_concurrent: bool = False,
    validates_each: bool = False,
) -> int:
    """Show the plan, apply an action to each execution, and write the outcomes.

    A refusal by the service is reported and the batch continues.

    :param verb: the name of the command, for messages.
    :param action: returns the new execution, if it starts one.
    :param options: the options of `batch_options`.
    :param ask: whether the command asks for confirmation without `--yes`.
    :param is_concurrent: whether several threads may apply the action, if `--rps` limits them.
    :param validates_each: whether a `ValidationError` is a refusal of that execution, too.
    :returns: the exit code, 1 if an execution was refused.
    """
    with Journal(options["journal"], verb) as journal:
        executions = [e for e in selection.executions if not journal.is_done(e)][: selection.limit]
        done = [e for e in selection.executions if journal.is_done(e)]
        skipped = [
            *selection.skipped,
            *((e.workflow_id, e.run_id, "done according to the journal") for e in done),
        ]
        if options["dry_run"]:
            session.rows(executions, ("workflow_id", "run_id"))
            _notify_skipped(session, skipped)
            session.notify(f"would {verb} {_count(executions)}")
            return 0
        if executions:
            _confirm(session, verb, executions, skipped, yes=options["yes"] or not ask)
        outcomes: list[dict[str, Any]] = [_outcome(*row[:2], SKIPPED, row[2]) for row in skipped]
        try:
            paced = throttle(track_progress(executions, verb), options["rps"])
            apply = partial(
                _apply,
                session,
                action=action,
                is_single=selection.is_single,
                validates_each=validates_each,
            )
            workers = CONCURRENCY if options["rps"] and is_concurrent else 1
            for execution, outcome in map_concurrently(apply, paced, workers):
                outcomes.append(outcome)
                journal.write(execution, outcome)
        finally:
            attempted = len(outcomes) - len(skipped)
            if attempted or not selection.is_single:
                session.rows(outcomes, OUTCOME)
                rest = len(executions) - attempted
                session.notify(
                    f"{verb}: {_summary(outcomes, rest)}" if outcomes else f"nothing to {verb}"
                )
    return 1 if any(outcome["outcome"] == REFUSED for outcome in outcomes) else 0


def map_concurrently(
    function: Callable[[Any], Any], items: Iterable[Any], workers: int
) -> Iterator[tuple[Any, Any]]:
    """Yield each item and the result of a function for it, in the order of the items.

    An error of the iteration, such as Ctrl-C, comes after the results of the calls that began.

    :param function: is called in threads, with the context variables of this one.
    :param workers: the maximum number of concurrent calls; 1 calls it in this thread.
    """
    if workers == 1:
        yield from ((item, function(item)) for item in items)
        return
    calls: deque[tuple[Any, Future[Any]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                while len(calls) >= workers or (calls and calls[0][1].done()):
                    first, call = calls.popleft()
                    yield first, call.result()
                calls.append((item, pool.submit(copy_context().run, function, item)))
        except GeneratorExit:  # the caller stopped; the pool waits for the calls
            raise
        except BaseException:
            yield from _results(calls)
            raise
        yield from _results(calls)


def _results(calls: deque[tuple[Any, Future[Any]]]) -> Iterator[tuple[Any, Any]]:
    while calls:
        item, call = calls.popleft()
        yield item, call.result()


def _count(executions: Sequence[Any]) -> str:
    return "1 execution" if len(executions) == 1 else f"{len(executions)} executions"


def _confirm(
    session: Session, verb: str, executions: list[Any], skipped: list[Any], *, yes: bool
) -> None:
    """Ask for confirmation after showing the plan; with `yes` show the number of executions."""
    if not yes and sys.stdin.isatty():
        for execution in executions[:PLAN_ROWS]:
            session.notify(f"  {verb} {execution.workflow_id} {execution.run_id}")
        if len(executions) > PLAN_ROWS:
            session.notify(f"  ... and {len(executions) - PLAN_ROWS} more")
        _notify_skipped(session, skipped)
    elif yes and len(executions) > 1:
        session.notify(f"{verb}: {_count(executions)}")
    session.confirm(f"{verb.capitalize()} {_count(executions)}?", yes)


def _notify_skipped(session: Session, skipped: list[Any]) -> None:
    for workflow_id, run_id, reason in skipped:
        session.notify(f"skip {workflow_id} {run_id}: {reason}")


def _apply(
    session: Session,
    execution: Any,
    action: Callable[[Any], Any],
    *,
    is_single: bool,
    validates_each: bool,
) -> dict[str, Any]:
    """Apply an action to one execution and return the row of its outcome."""
    from swf.cli.errors import format_error
    from swf.exceptions import ResponseError, ValidationError

    try:
        result = action(execution) or execution
    except (ResponseError, ValidationError) as error:
        if is_single or not (validates_each or isinstance(error, ResponseError)):
            raise
        text = format_error(error, redact=bool(session.get("redact")))
        session.notify(f"{execution.workflow_id}: {text}")
        return _outcome(execution.workflow_id, execution.run_id, REFUSED, text)
    return _outcome(result.workflow_id, result.run_id, DONE, None)


def _outcome(workflow_id: str, run_id: str, outcome: str, reason: str | None) -> dict[str, Any]:
    return dict(zip(OUTCOME, (workflow_id, run_id, outcome, reason), strict=True))


def _summary(outcomes: list[dict[str, Any]], rest: int) -> str:
    counts = Counter(outcome["outcome"] for outcome in outcomes)
    parts = [f"{counts[DONE]} done", f"{counts[REFUSED]} refused"]
    parts += [f"{counts[SKIPPED]} skipped"] if counts[SKIPPED] else []
    parts += [f"{rest} left"] if rest else []
    return ", ".join(parts)
