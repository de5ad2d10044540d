"""`Session`: the state of one command line: options, connection, domain and output.

Imports and connections are lazy.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import click

from swf.cli.errors import FAILED, OK
from swf.text import escape_controls

if TYPE_CHECKING:
    from swf.archive import Archive
    from swf.cli.context_store import Context
    from swf.connection import Connection
    from swf.local import LocalSWF
    from swf.models import Domain, WorkflowExecution
    from swf.models.history import History
    from swf.payload import Codec
    from swf.querysets import WorkflowExecutionQuerySet

#: Options that are settings of a connection.
SETTINGS = ("region", "profile", "endpoint_url")

#: Options whose value a context can set.
CONTEXT_OPTIONS = (*SETTINGS, "local_database", "domain")

#: Maximum calls to find an execution by the beginning of its id.
PREFIX_CALLS = 4

#: Values of the setting `local` that are not file names.
NO = ("", "0", "no", "false", "off")
YES = ("1", "yes", "true", "on")


class Session:
    """The options of a command line, and the objects that they configure."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        #: The embedded service of --local, once a connection was requested.
        self.service: LocalSWF | None = None
        self._connection: Connection | None = None

    def set_option(self, name: str, value: Any) -> None:
        """Store the value of a common option; a later value replaces an earlier one.

        :param name: the option's parameter name, such as `endpoint_url`.
        """
        self.options[name] = value
        if name == "debug":
            from swf.cli.logs import configure_logging

            configure_logging(logging.INFO)
        if name == "redact":
            from swf.cli.redaction import redact_logs

            redact_logs()

    def get(self, name: str) -> Any:
        """Return the value of a common option, else that of the context in use, else None.

        :param name: the option's parameter name.
        """
        if name in self.options or name not in CONTEXT_OPTIONS or self.context is None:
            return self.options.get(name)
        return self.context.with_options(self.options).get(name)

    @cached_property
    def context(self) -> Context | None:
        """The context in use: that of `--context` or SWF_CONTEXT, else of `swf context use`."""
        from swf.cli.context_store import ContextStore

        store, name = ContextStore(), self.options.get("context")
        name = store.current if name is None else name
        return store.get(name) if name else None

    @property
    def settings(self) -> dict[str, Any]:
        """The connection settings among the options and in the context."""
        return {name: value for name in SETTINGS if (value := self.get(name)) is not None}

    @property
    def database(self) -> str | None:
        """The file of the embedded service; None if the command uses an endpoint."""
        from swf import settings

        setting = settings.get().get("local", "")
        default = "~/.swf-local.db" if setting.lower() in (*NO, *YES) else setting
        if file := self.get("local_database"):
            return str(file)
        if self.options.get("local"):
            return os.path.expanduser(default)
        is_elsewhere = self.get("endpoint_url") is not None or self.context is not None
        return None if is_elsewhere or setting.lower() in NO else os.path.expanduser(default)

    @property
    def domain_name(self) -> str | None:
        """The name of the current domain, from the options, the context or the settings."""
        from swf.settings import resolve

        name: str | None = self.get("domain") or resolve().domain
        return name

    def effective_context(self, name: str, production: bool = False) -> Context:
        """Return a context with the connection and the domain in effect.

        :param name: the name of the new context.
        :param production: whether its name is shown in red.
        """
        from swf.cli.context_store import Context

        if self.database is not None:
            local = os.path.abspath(self.database)
            region = self.get("region")
            return Context(name, region, None, None, local, self.domain_name, production)
        connection = self.connect()
        meta, profile = connection.client.meta, connection.settings.profile
        where = (meta.region_name, profile, meta.endpoint_url, None)
        return Context(name, *where, self.domain_name, production)

    def connect(self) -> Connection:
        """Return the connection. It is in force until the command ends."""
        if self._connection is None:
            from swf.connection import using

            self._connection = self._open_connection()
            click.get_current_context().find_root().with_resource(using(self._connection))
        return self._connection

    def domain(self, name: str | None = None) -> Domain:
        """Return a domain.

        :param name: the name; by default that of `--domain`, otherwise that of the settings.
        :raises click.UsageError: no domain is named anywhere.
        """
        from swf.models import Domain  # imports attrs, which takes time

        connection: Any = self.connect()
        domain_name = self.domain_name if name is None else name
        if domain_name is None and self.has_only_closed:
            names = connection.domain_names()
            domain_name = names[0] if len(names) == 1 else None
        if domain_name is None:
            raise click.UsageError(
                "which domain? Give --domain NAME, set SWF_DOMAIN, or write "
                "`domain = NAME` under [defaults] in ~/.swf",
                click.get_current_context(),
            )
        return Domain(domain_name)

    def executions(self, domain: Domain | None = None) -> WorkflowExecutionQuerySet:
        """Return the executions of a domain; `--codec` reads their payloads in filters.

        :param domain: the domain; that of the command by default.
        """
        executions: WorkflowExecutionQuerySet = (domain or self.domain()).executions
        return executions if self.codec is None else executions.with_codec(self.codec)

    def execution(
        self, workflow_id: str, run_id: str | None = None, *, partial: bool = True
    ) -> WorkflowExecution:
        """Fetch an execution.

        :param run_id: the run, which may be quoted as in a URL; the newest run by default.
        :param partial: whether the beginning of exactly one workflow id is enough.
        :raises WorkflowExecutionDoesNotExist: there is no such execution.
        """
        from urllib.parse import unquote

        from swf.exceptions import DoesNotExistError

        run = None if run_id is None else unquote(run_id)
        executions = self.executions()
        execution: WorkflowExecution
        try:
            execution = executions.get(workflow_id, run)
        except DoesNotExistError:
            matches = self._ids_with_prefix(workflow_id) if workflow_id and run is None else []
            if len(matches) != 1 or not partial:
                if matches:
                    self.notify(f"swf: ids with this beginning: {', '.join(matches)}")
                raise
            self.notify(f"{workflow_id}: using {matches[0]}")
            execution = executions.get(matches[0])
        return execution

    def _ids_with_prefix(self, prefix: str) -> list[str]:
        """Return up to three workflow ids with a prefix, from the newest executions."""
        from swf.connection import budget
        from swf.exceptions import BudgetExceeded

        matches: dict[str, None] = {}
        with suppress(BudgetExceeded), budget(calls=PREFIX_CALLS):
            for execution in self.executions().filter(workflow_id__startswith=prefix):
                matches[execution.workflow_id] = None
                if len(matches) == 3:
                    break
        return list(matches)

    @property
    def codec(self) -> Codec | None:
        """The payload codec of `--codec`, None by default."""
        from swf.cli.code import load

        name = self.get("codec")
        if name is None:
            return None
        codec: Codec = load(name).value
        if isinstance(codec, type) or not (hasattr(codec, "encode") and hasattr(codec, "decode")):
            raise click.UsageError(
                f"--codec: {name} is not a codec, an object with `encode` and `decode`",
                click.get_current_context(),
            )
        return codec

    def codec_argument(self) -> dict[str, Any]:
        """Return `{"codec": codec}` as keyword arguments; empty without `--codec`."""
        return {} if self.codec is None else {"codec": self.codec}

    def encode_payload(self, text: str | None) -> str | None:
        """Encode a payload with `--codec`.

        :param text: the payload from the command line, JSON or text.
        :returns: the text unchanged without `--codec`.
        """
        from swf.payload import decode

        codec = self.codec
        return text if codec is None or text is None else codec.encode(decode(text), "input")

    def history(self, execution: WorkflowExecution) -> History:
        """Fetch the history of an execution, its payloads decoded or redacted."""
        return self.decode_history(execution.history())

    def decode_history(self, history: History) -> History:
        """Return a history with its payloads decoded by `--codec` or redacted by `--redact`."""
        if not (self.get("redact") or self.get("codec")):
            return history
        return type(history).from_event_list(self.decode_events(history.raw))

    def decode_events(self, events: Iterable[Any]) -> Iterable[Any]:
        """Return wire events with their payloads decoded by `--codec` or redacted by `--redact`.

        :param events: events as SWF returns them.
        """
        from swf.cli.serialize import decode_payloads
        from swf.report.redaction import redact_payloads

        codec = self.codec
        if self.get("redact"):
            return map(redact_payloads, events)
        if codec is None:
            return events
        warn_once = cache(self.notify)
        return (decode_payloads(event, codec, warn_once) for event in events)

    def rows(
        self, rows: Iterable[Any], fields: Sequence[str], names: Collection[str] | None = None
    ) -> None:
        """Write a list as a stream in the chosen format; see `Output.rows`.

        :param fields: the default columns.
        :param names: all field names, for rows with different fields.
        """
        from swf.cli.output import Output

        Output(self.options).rows(rows, fields, names)

    def findings(self, findings: Iterable[Any], fields: Sequence[str]) -> None:
        """Write findings: as sentences in a table, as rows in the other formats.

        :param fields: the attributes of a finding that form its row.
        """
        if self.format != "table":
            rows = [{name: getattr(finding, name) for name in fields} for finding in findings]
            self.rows(rows, fields)
            return
        for finding in findings:
            self.echo(str(finding))

    def problems(self, problems: Sequence[Any], fields: Sequence[str]) -> int:
        """Write problems and their number.

        :param fields: the attributes of a problem that form its row.
        :returns: the exit code, 1 if there are problems.
        """
        self.findings(problems, fields)
        self.notify(f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
        return FAILED if problems else OK

    def record(self, value: Any, fields: Sequence[str] | None = None) -> None:
        """Write one model or mapping.

        :param fields: the default fields; None for all.
        """
        from swf.cli.output import Output

        Output(self.options).record(value, fields)

    @property
    def fields(self) -> list[str]:
        """The fields that `--fields` names."""
        from swf.cli.output import requested_fields

        return requested_fields(self.options)

    @property
    def format(self) -> str:
        """The output format."""
        from swf.cli.output import output_format

        return output_format(self.options)

    @property
    def has_colors(self) -> bool:
        """Whether the output uses colours."""
        from swf.cli.output import use_colors

        return use_colors(self.options)

    def notify(self, text: str) -> None:
        """Write a message to standard error, its control characters escaped."""
        click.echo(escape_controls(text, lines=True), err=True)

    def echo(self, text: str) -> None:
        """Write a text for people to standard output, its control characters escaped."""
        click.echo(escape_controls(text, lines=True))

    @contextmanager
    def spinner(self, activity: str) -> Iterator[None]:
        """Show a spinner and the elapsed time on a terminal.

        :param activity: the text next to the spinner, such as "running".
        """
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console  # only for a terminal
        from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), "{task.description}", TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            progress.add_task(activity, total=None)
            yield

    def confirm(self, question: str, yes: bool, domain: str | None = None) -> None:
        """Ask for confirmation on the terminal, and name the account and domain first.

        :param yes: whether `--yes` was given, which skips the question.
        :param domain: the name of the domain; that of the command by default.
        :raises click.UsageError: standard input is not a terminal.
        :raises click.ClickException: the user declined.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError(
                f"{question} Standard input is not a terminal: confirm with --yes",
                click.get_current_context(),
            )
        if self.context is not None:
            color = "red" if self.context.production else None
            click.secho(f"Context {self.context.name}", err=True, fg=color, color=self.has_colors)
        self.notify(self._describe_target(domain))
        if not click.confirm(question, err=True):
            raise click.ClickException("nothing was done")

    def _describe_target(self, domain: str | None) -> str:
        """Return the domain, account, region and endpoint that a command changes."""
        from swf.exceptions import SWFError

        model, connection = self.domain(domain), self.connect()
        try:
            account = (model.upstream().arn or "").split(":")[4:5]
        except SWFError:  # the domain may not exist yet
            account = []
        names = [f"domain {model.name}", *(f"account {number}" for number in account)]
        region, endpoint = connection.client.meta.region_name, connection.endpoint_url
        return f"In {', '.join(names)}, region {region}, {endpoint}:"

    @property
    def has_only_closed(self) -> bool:
        """Whether the executions come from an archive."""
        return self.get("archive") is not None

    def open_archive(self, directory: str | os.PathLike[str]) -> Archive:
        """Return an archive; executions that are started from it go to the service.

        :param directory: the directory.
        """
        from swf.archive import Archive

        archive = Archive(directory, upstream=self._open_service())
        click.get_current_context().find_root().with_resource(archive)
        return archive

    def service_executions(self) -> WorkflowExecutionQuerySet:
        """Return the executions of the domain at the service, also with `--archive`."""
        return self.executions().using(self.connect().upstream)

    def _open_connection(self) -> Connection:
        directory = self.get("archive")
        if directory is None:
            return self._open_service()
        return self.open_archive(directory).connection

    def _open_service(self) -> Connection:
        from swf.cli.connection import WatchedConnection, open_embedded
        from swf.settings import resolve

        if self.database is None:
            return WatchedConnection(resolve(**self.settings))
        self.service = open_embedded(self.database)
        click.get_current_context().find_root().with_resource(self.service)
        region = self.get("region")
        return self.service.connection(**({"region_name": region} if region else {}))
