"""`Site`: the connection, permissions and recent histories that all pages of a console share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from attrs import field, frozen

from swf.console.histories import HistoryCache, ImportStore, Subject, execution_address
from swf.console.page import Forbidden, Page, Query, Redirect, address
from swf.models import Domain, WorkflowExecution
from swf.models.history import History

if TYPE_CHECKING:
    from swf.connection import Connection
    from swf.console.code import Code
    from swf.local.control_client import ControlClient
    from swf.payload import Codec


@frozen
class Options:
    """How a console behaves.

    :param connection: Connection to the service.
    :param is_writable: Whether actions are permitted.
    :param is_local: Whether the service is a local one; then actions need no typed confirmation.
    :param place: The account in words: profile, region, endpoint.
    :param codec: Codec of the payloads; None shows them as they are.
    :param is_redacted: Whether payloads are masked.
    :param token: Token that each visitor must present; None on a loopback address.
    :param host_names: Host names of the console besides loopback names and addresses.
    :param prefix: Path below which the console is served, without a trailing slash.
    :param accounts: Returns the accounts of a local service, each with the address of its console;
        None if the console has one account.
    :param control: Client of the control API of a local service; None if there is none.
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
    codes: tuple[Code, ...] = ()


class Site:
    """The state that the pages of a console share. Its methods may be called from any thread."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.histories = HistoryCache(options.is_redacted)
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

        :raises BadRequest: The file is no longer there.
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
        return self.histories.get(execution).shown

    def check_writable(self, confirmation: str | None, expected: str) -> None:
        """Permit an action.

        :param confirmation: What the user typed to confirm.
        :param expected: What must be typed when the service is not a local one.
        :raises Forbidden: The console is read-only, or the confirmation differs.
        """
        if not self.options.is_writable:
            raise Forbidden("This console is read-only; start it with --write to permit actions.")
        if not self.options.is_local and confirmation != expected:
            raise Forbidden(f"Type {expected!r} to confirm; {confirmation or ''!r} was typed.")

    @staticmethod
    def now() -> datetime:
        """Return the present time."""
        return datetime.now(timezone.utc)


#: A page: what it shows for a request, or where a carried-out form leads.
View = Callable[[Site, Query], Page | Redirect]
