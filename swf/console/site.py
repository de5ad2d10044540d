"""`Site`: the connection, permissions and recent histories that all pages of a console share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from attrs import field, frozen

from swf import connection
from swf.console.histories import (
    HistoryCache,
    ImportStore,
    ReasonCache,
    Subject,
    execution_address,
)
from swf.console.page import Forbidden, Page, Query, Redirect, address
from swf.console.polling import PolledTails, Tail, Tails, WatchedTails
from swf.console.problems import problem
from swf.console.security import SentForms
from swf.models import Domain, WorkflowExecution
from swf.models.event.table import CLOSE_EVENTS
from swf.models.history import History

if TYPE_CHECKING:
    from swf.connection import Connection
    from swf.console.code import Code
    from swf.console.stream import OpenStreams
    from swf.local.control_client import ControlClient
    from swf.payload import Codec
    from swf.planning import Declared


#: Shortest and longest pause between two looks of live pages, for a local service and for AWS.
PAUSES: Final = {True: (0.15, 0.5), False: (2.0, 30.0)}
#: The pause of a console that is part of a local service.
WATCH_INTERVAL: Final = 0.1


@frozen
class Options:
    """How a console behaves.

    :param connection: Connection to the service.
    :param is_writable: Whether actions are permitted.
    :param is_local: Whether the service is a local one; then actions need no typed confirmation.
    :param place: Description of the account: profile, region, endpoint.
    :param codec: Codec of the payloads; None shows them as they are.
    :param is_redacted: Whether payloads are masked.
    :param token: Token that each visitor must present; None on a loopback address.
    :param host_names: Host names of the console besides loopback names and addresses.
    :param prefix: Path below which the console is served, without a trailing slash.
    :param accounts: Returns the accounts of a local service, each with the address of its console;
        None if the console has one account.
    :param control: Client of the control API of a local service; None without one.
    :param newest_event: Returns the number of events of an execution and whether it is open, given
        domain, workflow id and run id, without a call; None if it does not exist. Without this
        function, live pages call the service.
    :param pollers: Returns the identities of the waiting polls of each task list, given a domain;
        None without access to them.
    :param manifest: Returns the declared domain and types, for the page about types; None if no
        manifest was named.
    :param codes: Flows and workflow classes, for the states of steps and the positions of code.
    """

    connection: Connection
    is_writable: bool = False
    is_local: bool = False
    place: str = ""
    codec: Codec | None = None
    is_redacted: bool = False
    token: str | None = field(default=None, repr=False)
    host_names: tuple[str, ...] = ()
    prefix: str = ""
    accounts: Callable[[], list[Mapping[str, Any]]] | None = None
    control: ControlClient | None = None
    newest_event: Callable[[str, str, str], tuple[int, bool] | None] | None = None
    pollers: Callable[[str], dict[str, list[str]]] | None = None
    manifest: Callable[[], Sequence[Declared]] | None = None
    codes: tuple[Code, ...] = ()


class Site:
    """The state that the pages of a console share. Its methods may be called from any thread."""

    def __init__(self, options: Options, streams: OpenStreams) -> None:
        self.options = options
        self.streams = streams
        self.forms = SentForms()
        self.histories = HistoryCache(options.is_redacted)
        self.tails = self._tails()
        self._accounts: dict[str, str] = {}
        self._reasons = ReasonCache(options.is_redacted)
        self.imports = ImportStore(options.is_redacted)

    def domain(self, name: str) -> Domain:
        """Return a domain by its name, without a call."""
        return Domain(name, connection=self.options.connection)

    def execution(self, domain: str, workflow_id: str, run_id: str | None) -> WorkflowExecution:
        """Return an execution as the service describes it.

        :param run_id: None for the open or, without an open one, the newest run.
        :raises WorkflowExecutionDoesNotExist: The service does not know it.
        """
        execution: WorkflowExecution = self.domain(domain).executions.get(workflow_id, run_id)
        return execution

    def execution_at(self, domain: str, ids: str) -> WorkflowExecution:
        """Return an execution by its ids as they stand in an address.

        :param ids: `workflow id/run id`, or a workflow id alone; each is percent-encoded.
        :raises WorkflowExecutionDoesNotExist: The service does not know it.
        """
        workflow_id, _, run_id = ids.partition("/")
        return self.execution(domain, unquote(workflow_id), unquote(run_id) or None)

    def subject(self, query: Query) -> Subject:
        """Return the execution or the imported file of an address.

        :raises BadRequest: The file has been removed.
        :raises WorkflowExecutionDoesNotExist: The service does not know the execution.
        """
        path = query.path
        if "file" in path:
            return self.imports.get(path["file"])
        domain = self.domain(path["domain"])
        execution = WorkflowExecution(
            domain, path["workflow_id"], path["run_id"], connection=domain.connection
        )
        recording = self.histories.get(execution)
        base = execution_address(execution)
        trail = (
            ("Domains", "/"),
            (domain.name, f"/domains/{address(domain.name)}"),
            (execution.workflow_id, base),
        )
        # The clock of the service may be ahead of the local one.
        now = max(self.now(), recording.full.last.timestamp)
        return Subject(execution, recording, base, trail, now)

    def history(self, execution: WorkflowExecution) -> History:
        """Return the history of an execution, reading only the events that are not cached."""
        return self.histories.get(execution).visible

    def close_reason(self, execution: WorkflowExecution) -> str:
        """Return the reason of a closed execution, empty without one: at most one call."""
        return self._reasons.get(execution)

    def check_writable(self, confirmation: str | None, domain: str) -> None:
        """Permit an action.

        :param confirmation: The text that the user typed to confirm.
        :param domain: The domain of the action.
        :raises Forbidden: The console is read-only, or the confirmation differs.
        """
        if not self.options.is_writable:
            raise Forbidden("This console is read-only; start it with --write to permit actions.")
        expected = self.confirmation(domain)
        if expected is not None and confirmation != expected:
            raise Forbidden(f"Type {expected!r} to confirm; {confirmation or ''!r} was typed.")

    def confirmation(self, domain: str) -> str | None:
        """Return the text that a user types to confirm an action: the domain and the account.

        The account number is part of the domain's ARN (DescribeDomain, once for each domain).

        :returns: None if no confirmation is necessary: for a local service, or if the console is
            read-only.
        :raises DomainDoesNotExist: The service does not know the domain.
        """
        if self.options.is_local or not self.options.is_writable:
            return None
        if domain not in self._accounts:
            arn = self.domain(domain).upstream().arn or ""
            self._accounts[domain] = "".join(arn.split(":")[4:5])
        return f"{domain} {self._accounts[domain]}".strip()

    def describe_error(self, error: Exception) -> str:
        """Return the message of an error, without values if the console masks payloads."""
        return str(problem(error, is_redacted=self.options.is_redacted).data["message"])

    def _tails(self) -> Tails:
        newest_event = self.options.newest_event
        if newest_event is None:
            return PolledTails(self._read_tail, *PAUSES[self.options.is_local])

        def look(domain: str, workflow_id: str, run_id: str) -> Tail:
            tail = newest_event(domain, workflow_id, run_id)
            if tail is None:
                message = f"Unknown execution: {workflow_id} {run_id}"
                raise WorkflowExecution.DoesNotExist(message)
            return tail

        return WatchedTails(look, WATCH_INTERVAL)

    def _read_tail(self, domain: str, workflow_id: str, run_id: str) -> Tail:
        """Return the number of events of an execution, and whether it is open: one call.

        :raises WorkflowExecutionDoesNotExist: The service does not know it.
        """
        execution = WorkflowExecution(
            self.domain(domain), workflow_id, run_id, connection=self.options.connection
        )
        with connection.using(self.options.connection):
            newest = next(execution.history_events(reverse_order=True, page_size=1))
        return newest["eventId"], newest["eventType"] not in CLOSE_EVENTS

    @staticmethod
    def now() -> datetime:
        """Return the current time."""
        return datetime.now(timezone.utc)


#: A page: the response to a request, or the address that follows a form.
View = Callable[[Site, Query], Page | Redirect]
