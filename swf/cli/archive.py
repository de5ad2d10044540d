"""`swf archive`: keep closed executions beyond the retention period, and search them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from swf.cli.errors import FAILED
from swf.cli.options import CommandGroup, common_options
from swf.cli.selection import filter_executions, filter_options, pop_lookups
from swf.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from swf.archive import Archive, Match

#: Seconds between two lines about the progress of an update.
PROGRESS_INTERVAL = 5.0

DIRECTORY = click.argument("directory", type=click.Path(path_type=Path))
RESULT_FIELDS = ("domain", "archived", "expired", "incomplete", "pending")
STATUS_FIELDS = ("domain", "executions", "pending", "oldest", "newest", "updated")
MATCH_FIELDS = ("workflow_id", "event_id", "event", "field", "excerpt", "run_id")
ALL_MATCH_FIELDS = ("domain", *MATCH_FIELDS, "timestamp", "text")


@click.group(cls=CommandGroup)
def archive() -> None:
    """Keep closed executions after retention.

    An archive is a directory. `--archive DIRECTORY` lets the commands that read executions read an
    archive, and `restart` and `rerun` start executions from it.

    \b
    Examples:
      swf archive update ~/swf-archive orders billing
      swf archive grep ~/swf-archive 'card declined'
      swf execution list --archive ~/swf-archive --where 'tag=eu and duration>1h'
      swf why order-41 --archive ~/swf-archive
    """


@archive.command()
@DIRECTORY
@click.argument("names", nargs=-1, metavar="[DOMAIN]...")
@click.option("--all-domains", is_flag=True, help="Archive all registered domains.")
@click.option(
    "--rps", type=click.FloatRange(min=0, min_open=True), default=10.0, show_default=True,
    metavar="N", help="Maximum number of calls per second.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N",
    help="Maximum number of executions to fetch in each domain.",
)  # fmt: skip
@common_options
def update(
    session: Session,
    directory: Path,
    names: tuple[str, ...],
    all_domains: bool,
    rps: float,
    limit: int | None,
) -> None:
    """Add closed executions to an archive.

    Creates the directory, or continues: an execution is fetched once, since closed histories never
    change. Costs a call per 1,000 executions, and a call per 1,000 events of each new history. May
    be interrupted at any time; the next update continues.

    \b
    Examples:
      swf archive update ~/swf-archive orders billing
      swf archive update ~/swf-archive --all-domains --rps 5 --limit 10000
    """
    from swf import DomainQuerySet
    from swf.archive import Archive

    session.connect()
    domains: Any = [session.domain(name) for name in names]
    if all_domains:
        domains = DomainQuerySet()
    elif not names:
        domains = [session.domain()]
    results = []
    for domain in domains:
        with _progress(session, domain.name) as report:
            result = Archive(directory).update(domain, rate=rps, limit=limit, progress=report)
        if result.may_have_gap:
            session.notify(
                f"{domain.name}: the last update is longer ago than the retention period; "
                "executions in between are lost"
            )
        results.append({name: getattr(result, name) for name in RESULT_FIELDS})
    session.rows(results, RESULT_FIELDS)


class _LineProgress:
    """Reports the progress of an update on standard error, at most every `PROGRESS_INTERVAL`.

    :param name: the name of the domain.
    """

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name
        self._time = monotonic()

    def __call__(self, done: int, total: int) -> None:
        if monotonic() - self._time >= PROGRESS_INTERVAL:
            self._time = monotonic()
            self._session.notify(f"{self._name}: {done} of {total} executions")


@contextmanager
def _progress(session: Session, name: str) -> Iterator[Callable[[int, int], object]]:
    """Show a progress bar on a terminal, elsewhere a line every five seconds."""
    import sys

    if not sys.stderr.isatty():
        yield _LineProgress(session, name)
        return
    from rich.console import Console  # only for a terminal
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@archive.command()
@DIRECTORY
@common_options
def status(session: Session, directory: Path) -> None:
    """Show the content of an archive.

    \b
    Example:
      swf archive status ~/swf-archive
    """
    from swf.archive import Archive

    with Archive(directory) as opened:
        rows = [
            {
                "domain": each.domain,
                "executions": each.executions,
                "pending": each.pending,
                **{name: _time(getattr(each, name)) for name in ("oldest", "newest", "updated")},
            }
            for each in opened.status()
        ]
    session.rows(rows, STATUS_FIELDS)


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)


@archive.command()
@DIRECTORY
@click.argument("pattern")
@click.option("-i", "--ignore-case", is_flag=True, help="Ignore upper and lower case.")
@click.option("-E", "--regex", is_flag=True, help="The pattern is a regular expression.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of rows.")
@filter_options
@common_options
def grep(
    session: Session,
    directory: Path,
    pattern: str,
    ignore_case: bool,
    regex: bool,
    limit: int | None,
    **options: Any,
) -> int:
    """Search the texts of archived histories.

    Searches payloads, reasons, and names of signals and markers, most recently closed
    executions first. Filters restrict the executions. With `--codec` every history is decoded. The
    exit code is 1 if nothing matches.

    \b
    Examples:
      swf archive grep ~/swf-archive 'card declined' --domain orders
      swf archive grep ~/swf-archive -E 'time(d )?out' -i --closed-since 7d -d orders
    """
    from swf.payload import PLAIN_JSON
    from swf.querysets.patterns import Pattern

    lookups = pop_lookups(options)
    with session.open_archive(directory) as opened:
        executions = None
        if lookups or session.get("domain"):
            executions = filter_executions(_executions(session, opened), lookups)
        matches = opened.grep(
            Pattern(pattern, ignore_case=ignore_case) if regex else pattern,
            ignore_case=ignore_case,
            codec=session.codec or PLAIN_JSON,
            executions=executions,
        )
        limited = islice(matches, limit)
        first = next(limited, None)
        matches = chain([] if first is None else [first], limited)
        rows = (_match_row(match, redact=bool(session.get("redact"))) for match in matches)
        session.rows(rows, MATCH_FIELDS, ALL_MATCH_FIELDS)
    return FAILED if first is None else 0


def _match_row(match: Match, *, redact: bool) -> dict[str, Any]:
    row = {name: getattr(match, name) for name in ALL_MATCH_FIELDS}
    if redact:
        from swf.report.redaction import redact_payloads

        hidden = redact_payloads({"input": match.text})["input"]
        row |= {"text": hidden, "excerpt": hidden}
    return row


def _executions(session: Session, opened: Archive) -> Any:
    executions = opened.executions(session.get("domain"))
    return executions if session.codec is None else executions.with_codec(session.codec)


@archive.command()
@DIRECTORY
@common_options
def check(session: Session, directory: Path) -> int:
    """Check the histories of an archive.

    The exit code is 1 if there are problems.

    \b
    Example:
      swf archive check ~/swf-archive
    """
    from swf.archive import Archive

    with Archive(directory) as opened:
        problems = [{"problem": problem} for problem in opened.check()]
    session.rows(problems, ("problem",))
    session.notify(f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    return FAILED if problems else 0


@archive.command()
@DIRECTORY
@common_options
def rebuild(session: Session, directory: Path) -> None:
    """Rebuild the index of an archive.

    \b
    Example:
      swf archive rebuild ~/swf-archive
    """
    from swf.archive import Archive

    session.record({"executions": Archive(directory).rebuild()})
