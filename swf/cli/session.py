"""`Session`: what the options of a command line come to: domain, connection, and a way to show.

Nothing is imported or connected before a command asks for it.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from swf.cli.errors import FAILED, OK

if TYPE_CHECKING:
    from swf.connection import Connection
    from swf.local import LocalSWF
    from swf.models import Domain, WorkflowExecution
    from swf.models.history import History
    from swf.payload import Codec

#: Options that are settings of a connection.
SETTINGS = ("region", "profile", "endpoint_url")

#: What the setting `local` may say instead of the name of a file.
NO = ("", "0", "no", "false", "off")
YES = ("1", "yes", "true", "on")


class Session:
    """A command line's options, and what they stand for."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}
        #: The embedded service of --local, once something asked for the connection.
        self.service: LocalSWF | None = None
        self._connection: Connection | None = None

    def take(self, name: str, value: Any) -> None:
        """Take the value of an option; a later one takes the place of an earlier."""
        self.given[name] = value
        if name == "debug":
            logging.basicConfig(level=logging.INFO, stream=sys.stderr)
        if name == "redact":
            from swf.cli.redaction import hide_in_logs

            hide_in_logs()

    def get(self, name: str) -> Any:
        """Return the value of an option, None if it was not given."""
        return self.given.get(name)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were given as options."""
        return {name: self.given[name] for name in SETTINGS if name in self.given}

    @property
    def database(self) -> str | None:
        """The file of the embedded service; None if nobody asks for one."""
        from swf import settings

        said = settings.get().get("local", "")
        asked = self.get("local") or (said.lower() not in NO and "endpoint_url" not in self.given)
        file = "~/.swf-local.db" if said.lower() in (*NO, *YES) else said
        return self.get("local_database") or (os.path.expanduser(file) if asked else None)

    def connect(self) -> Connection:
        """Return the connection, which is in force until the command ends."""
        if self._connection is None:
            from swf.connection import using

            self._connection = self._connected()
            click.get_current_context().find_root().with_resource(using(self._connection))
        return self._connection

    def domain(self, name: str | None = None) -> Domain:
        """Return the domain that is meant.

        :raises click.UsageError: nobody says which.
        """
        from swf.models import Domain  # boto-free, but attrs takes its time
        from swf.settings import resolve

        self.connect()
        found = self.get("domain") or resolve().domain if name is None else name
        if found is None:
            raise click.UsageError(
                "which domain? Give --domain NAME, set SWF_DOMAIN, or write "
                "`domain = NAME` under [defaults] in ~/.swf",
                click.get_current_context(),
            )
        return Domain(found)

    def execution(self, workflow_id: str, run_id: str | None = None) -> WorkflowExecution:
        """Return an execution as the service knows it: without a run id, the newest one.

        A run id may come quoted, as in a URL.
        """
        from urllib.parse import unquote

        run = None if run_id is None else unquote(run_id)
        found: WorkflowExecution = self.domain().executions.get(workflow_id, run)
        return found

    @property
    def codec(self) -> Codec | None:
        """How payloads are written; None if nobody says."""
        from swf.cli.code import load

        name = self.get("codec")
        if name is None:
            return None
        codec: Codec = load(name).value
        if isinstance(codec, type) or not (hasattr(codec, "encode") and hasattr(codec, "decode")):
            raise click.UsageError(
                f"--codec: {name} is no codec, which is an object with `encode` and `decode`",
                click.get_current_context(),
            )
        return codec

    def coded(self) -> dict[str, Any]:
        """Return the codec as the argument of whoever takes one."""
        return {} if self.codec is None else {"codec": self.codec}

    def written(self, text: str | None) -> str | None:
        """Return an input that was given, as the codec writes it."""
        from swf.payload import decode

        codec = self.codec
        return text if codec is None or text is None else codec.encode(decode(text), "input")

    def history(self, execution: WorkflowExecution) -> History:
        """Return the history of an execution, its payloads read, or hidden with --redact."""
        return self.shown(execution.history())

    def shown(self, history: History) -> History:
        """Return a history with its payloads read, or hidden with --redact."""
        is_told = self.get("redact") or self.get("codec")
        return type(history).from_event_list(self.told(history.raw)) if is_told else history

    def told(self, events: Iterable[Any]) -> Iterable[Any]:
        """Return wire events, their payloads read by --codec, or hidden with --redact."""
        from swf.cli.plain import hidden, read

        codec = self.codec
        if self.get("redact"):
            return map(hidden, events)
        if codec is None:
            return events
        once = cache(self.say)
        return (read(event, codec, once) for event in events)

    def rows(
        self, rows: Iterable[Any], fields: Sequence[str], known: Collection[str] | None = None
    ) -> None:
        """Write a list, as it comes, in the form that was asked for; see `Output.rows`."""
        from swf.cli.output import Output

        Output(self.given).rows(rows, fields, known)

    def findings(self, found: Iterable[Any], fields: Sequence[str]) -> None:
        """Write what was found: as sentences for people, as rows for programs."""
        if self.form != "table":
            self.rows([{name: getattr(one, name) for name in fields} for one in found], fields)
            return
        for one in found:
            click.echo(str(one))

    def problems(self, found: Sequence[Any], fields: Sequence[str]) -> int:
        """Write problems, and how many they are; return the exit code."""
        self.findings(found, fields)
        self.say(f"{len(found) or 'no'} problem{'' if len(found) == 1 else 's'}")
        return FAILED if found else OK

    def record(self, value: Any, fields: Sequence[str] | None = None) -> None:
        """Write one thing with all its fields."""
        from swf.cli.output import Output

        Output(self.given).record(value, fields)

    @property
    def fields(self) -> list[str]:
        """The fields that --fields names."""
        from swf.cli.output import asked

        return asked(self.given)

    @property
    def form(self) -> str:
        """The form in which data is written."""
        from swf.cli.output import form_of

        return form_of(self.given)

    @property
    def has_colors(self) -> bool:
        """Whether to use colours."""
        from swf.cli.output import colors

        return colors(self.given)

    def say(self, text: str) -> None:
        """Tell the user something that is no data."""
        click.echo(text, err=True)

    @contextmanager
    def busy(self, doing: str) -> Iterator[None]:
        """Show on a terminal that something goes on, and for how long it has."""
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console  # only who looks on pays for it
        from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), "{task.description}", TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            progress.add_task(doing, total=None)
            yield

    def confirm(self, question: str, yes: bool) -> None:
        """Go on only if the user wants to.

        :param yes: whether that was said already.
        :raises click.UsageError: nobody can be asked.
        :raises click.ClickException: they do not.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError(
                f"{question} Nobody can be asked here: say --yes", click.get_current_context()
            )
        if not click.confirm(question, err=True):
            raise click.ClickException("nothing was done")

    def _connected(self) -> Connection:
        from swf.cli import connecting  # boto takes its time

        if self.database is None:
            return connecting.remote(self.settings)
        self.service = connecting.embedded(self.database)
        click.get_current_context().find_root().with_resource(self.service)
        region = self.get("region")
        return self.service.connection(**({"region_name": region} if region else {}))
