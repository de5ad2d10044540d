"""`swf top`: a live screen of domains, task lists and workers, within a number of calls."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from swf.cli.options import StrictCommand, common_options
from swf.cli.selection import parse_time
from swf.cli.session import Session
from swf.constants import STATUS_CLOSED, STATUS_OPEN

if TYPE_CHECKING:
    from swf.models import Domain
    from swf.report.workload import Workload

#: Calls for the counts of a domain and for its two lists of executions.
CALLS_PER_DOMAIN = 6

#: Calls for the waiting tasks of a task list.
CALLS_PER_LIST = 2

#: Number of the newest events of each history to read, with one call.
EVENTS = 200

DOMAIN_FIELDS = ("domain", "open", "closed", "failed", "timed_out")
LIST_FIELDS = ("task_list", "decisions", "activities", "oldest", "workers", "domain")
WORKER_FIELDS = ("worker", "task_list", "running", "per_minute", "last", "domain")


@dataclass
class Screen:
    """The rows of one refresh.

    :param domains: a row of `DOMAIN_FIELDS` for each domain.
    :param task_lists: a row of `LIST_FIELDS` for each list.
    :param workers: a row of `WORKER_FIELDS` for each worker and list.
    :param histories: the number of histories that were read.
    :param calls: the number of calls.
    :param complete: whether the calls sufficed for all domains and lists.
    """

    domains: list[dict[str, Any]] = field(default_factory=list)
    task_lists: list[dict[str, Any]] = field(default_factory=list)
    workers: list[dict[str, Any]] = field(default_factory=list)
    histories: int = 0
    calls: int = 0
    complete: bool = True


@click.command(cls=StrictCommand)
@click.option("--all-domains", is_flag=True, help="Show all registered domains.")
@click.option(
    "--window",
    type=parse_time,
    default="10m",
    show_default=True,
    metavar="TIME",
    help="Age up to which closed executions and tasks count.",
)
@click.option(
    "--calls",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    metavar="N",
    help="Maximum number of calls for each refresh.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=1),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="Time between two refreshes.",
)
@click.option("--once", is_flag=True, help="Show one screen and exit, also without a terminal.")
@common_options
def top(
    session: Session,
    all_domains: bool,
    window: timedelta | datetime,
    calls: int,
    interval: float,
    once: bool,
) -> None:
    """Watch domains, task lists and workers.

    SWF does not list task lists and workers: they are those in the newest events of recent
    executions, as many as the calls allow, and their rates are lower bounds.

    \b
    Examples:
      swf top --once
      swf top --all-domains --once --output json
    """  # fmt: skip
    from swf import DomainQuerySet

    if not isinstance(window, timedelta) or not window:
        raise click.BadParameter("must be an age such as 10m or 1h", param_hint="--window")
    session.connect()
    domains = list(DomainQuerySet()) if all_domains else [session.domain()]

    def read() -> Screen:
        return read_screen(domains, calls, window)

    if once or not sys.stdout.isatty() or session.format != "table":
        screen = read()
        if session.format == "table":
            session.echo("\n".join(format_screen(screen, session.context)))
        else:
            session.record(vars(screen))
        return
    from rich.console import Console  # only for a terminal

    watch(read, interval, session.context, Console())


def read_screen(domains: Sequence[Domain], calls: int, window: timedelta) -> Screen:
    """Return one screen.

    :param calls: the maximum number of calls; counts come before lists and workers.
    :param window: the age up to which closed executions and tasks count.
    """
    from swf.connection import budget
    from swf.exceptions import BudgetExceeded

    screen = Screen()
    spare = calls - len(domains) * CALLS_PER_DOMAIN
    # Half of the other calls read histories, the other half count the tasks of the lists.
    histories = max(1, spare // 2 // len(domains)) if domains else 0
    with budget(calls=calls) as spent:
        try:
            for domain in domains:
                screen.domains.append(_count_executions(domain, window))
            for domain in domains:
                _add_workload(screen, domain, histories, window)
        except BudgetExceeded:
            screen.complete = False
    screen.calls = spent.spent
    return screen


def _count_executions(domain: Domain, window: timedelta) -> dict[str, Any]:
    executions = domain.executions
    closed = executions.filter(close_oldest_date=window)
    return {
        "domain": domain.name,
        "open": int(executions.filter(status=STATUS_OPEN).count()),
        "closed": int(closed.filter(status=STATUS_CLOSED).count()),
        "failed": int(closed.filter(close_status="FAILED").count()),
        "timed_out": int(closed.filter(close_status="TIMED_OUT").count()),
    }


def _add_workload(screen: Screen, domain: Domain, histories: int, window: timedelta) -> None:
    """Add the lists and workers of a domain."""
    from swf.report.workload import Workload

    workload = Workload()
    now = datetime.now(timezone.utc)
    try:
        for execution in _recent_executions(domain, histories, window):
            events = execution.history_events(reverse_order=True, page_size=EVENTS)
            workload.add(list(itertools.islice(events, EVENTS)))
            screen.histories += 1
    finally:  # also if the calls are used up
        screen.workers += _worker_rows(domain, workload, window, now)
        rows = list(_list_rows(domain, workload, now))
        screen.task_lists += rows
    for row in rows:
        pending = domain.count_pending_tasks(row["task_list"])
        row |= {"decisions": pending.decisions, "activities": pending.activities}


def _recent_executions(domain: Domain, number: int, window: timedelta) -> Iterator[Any]:
    """Yield open and recently closed executions in turn; each kind takes one call."""
    open_executions = domain.executions.filter(status=STATUS_OPEN)[:number]
    closed = domain.executions.filter(status=STATUS_CLOSED, close_oldest_date=window)[:number]
    pairs = itertools.zip_longest(open_executions, closed)
    executions = (each for pair in pairs for each in pair if each is not None)
    return itertools.islice(executions, number)


def _list_rows(domain: Domain, workload: Workload, now: datetime) -> Iterator[dict[str, Any]]:
    for name, observed in sorted(workload.lists.items()):
        since = observed.waiting_since
        values = (name, None, None, since and now - since, len(observed.workers), domain.name)
        yield dict(zip(LIST_FIELDS, values, strict=True))


def _worker_rows(
    domain: Domain, workload: Workload, window: timedelta, now: datetime
) -> Iterator[dict[str, Any]]:
    for (identity, name), worker in sorted(workload.workers.items()):
        rate = round(worker.rate(window, now), 2)
        values = (identity, name, worker.running, rate, now - max(worker.starts), domain.name)
        yield dict(zip(WORKER_FIELDS, values, strict=True))


def format_screen(screen: Screen, context: Any = None) -> Iterator[str]:
    """Yield the lines of a screen, their control characters escaped.

    :param context: the context in use, which the first line names.
    """
    from swf.cli.serialize import to_plain
    from swf.cli.table import TextTable

    place = f"context {context.name}, " if context is not None else ""
    histories = f"{screen.histories} histories, {screen.calls} calls"
    yield f"{place}{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%SZ}, {histories}"
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    for fields, rows in (
        (DOMAIN_FIELDS, screen.domains),
        (LIST_FIELDS, screen.task_lists),
        (WORKER_FIELDS, screen.workers),
    ):
        plain = [{name: to_plain(_age(value)) for name, value in row.items()} for row in rows]
        is_hidden = rows is not screen.domains and len(screen.domains) == 1
        columns = [name for name in fields if name != "domain" or not is_hidden]
        yield ""
        yield from TextTable(
            columns if rows is not screen.domains else fields, width=width, may_drop=True
        ).lines(iter(plain))
    if not screen.complete:
        yield f"incomplete: {screen.calls} calls were not enough; see --calls"


def _age(value: Any) -> Any:
    from swf.report.formatting import format_duration

    return format_duration(value) if isinstance(value, timedelta) else value


def watch(
    read: Callable[[], Screen],
    interval: float,
    context: Any,
    console: Any,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Show a screen again and again, until Ctrl-C.

    :param read: returns the next screen.
    :param interval: seconds between two screens.
    :param context: the context in use.
    :param console: the console of rich.
    :param sleep: waits for a number of seconds.
    """
    from rich.live import Live
    from rich.text import Text

    with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
        while True:
            text = Text("\n".join(format_screen(read(), context)), no_wrap=True, overflow="crop")
            live.update(text, refresh=True)
            sleep(interval)
