"""The state of one tenant: the domains, types and executions of an account in a region.

Every change is a record, a JSON list, and only `State.apply` changes a state: for requests, when a
store is read, and when a snapshot is restored. The records are

    ["tenant", {"account", "region", "secret", "runs"}]           always the first
    ["domain", {"name", "status", "retention", "description", "tags"}]
    ["deprecated", domain, now]                                   the domain and all its types
    ["type", domain, kind, {...}] and ["untype", domain, kind, name, version]
    ["run", domain, workflow_id, run_id, ordinal, event]          the first event of a run
    ["event", run_id, event]                                      each further one
    ["heartbeat", run_id, scheduled_event_id, now, details]
    ["purge", run_id]                                             its retention has ended
    ["order", [[run_id, scheduled_event_id], ...]]                the order of pending tasks
    ["closed", domain, workflow_id, run_id, ordinal, details, chunks]    a closed run of a database
"""

import base64
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from swf.local.clock import MAX_TIME, whole_milliseconds
from swf.local.deadlines import Deadlines
from swf.local.entities import Execution, Task
from swf.local.faults import UnknownDomainFault, unknown_run, unknown_workflow
from swf.local.fold import fold_event
from swf.local.history import Event, EventLog
from swf.local.limits import TokenBuckets
from swf.local.registry import (
    DEPRECATED,
    REGISTERED,
    DomainState,
    RegisteredDomain,
    RegisteredType,
    RegistrationTable,
)
from swf.local.task_lists import TaskLists

Record = list[Any]

DAY = 86_400

MAX_SECRET = 64
"""Bytes of a secret, of which those that the service creates have 32."""

Refusal = Callable[[str, dict[str, Any]], "str | None"]
"""A function of decision type and attributes that returns the cause of a failure, or None."""


class State:
    """The state of one tenant, with its indexes.

    :param region: the AWS region.
    :param account: the account id, 12 digits.
    :param seed: the seed of the run ids and task tokens.
    :param limits: "strict" applies account quotas and throttling, "off" does not.
    :param retention: days to retain closed executions; None: the retention of their domain.

    `refuse`, if set, is called for each decision before its rules. `poll_token_life` is the
    validity of page tokens in seconds, None for the default. Records contain neither them nor
    `limits` and `retention`.
    """

    def __init__(
        self,
        region: str,
        account: str = "123456789012",
        seed: int = 0,
        limits: str = "off",
        retention: int | None = None,
    ) -> None:
        self.region = region
        self.account = account
        tenant = f"{seed} {region} {account}".encode()
        self.secret = hmac.digest(b"swf.local", tenant, "sha256")
        self.limits = limits
        self._retention = retention
        self.refuse: Refusal | None = None
        self.poll_token_life: float | None = None
        self.runs = 0
        self.now = 0.0
        self.domains: dict[str, DomainState] = {}
        self.domain_names: RegistrationTable[RegisteredDomain] = RegistrationTable()
        self.executions: dict[str, Execution] = {}
        self.task_lists = TaskLists()
        self.deadlines = Deadlines()
        self.throttle = TokenBuckets()

    # -- Reading ---------------------------------------------------------------------------------

    def domain(self, name: str) -> DomainState:
        """Return a domain, deprecated or not.

        :param name: the name of the domain.
        :raises Fault: UnknownResourceFault if it does not exist.
        """
        domain = self.domains.get(name)
        if domain is None:
            raise UnknownDomainFault(name)
        return domain

    def run(self, domain: str, workflow_id: str, run_id: str) -> Execution:
        """Return a run, open or closed.

        :param domain: the domain that must contain the run.
        :param workflow_id: the workflow id that the run must have.
        :param run_id: the id of the run.
        :raises Fault: UnknownResourceFault if it does not exist.
        """
        execution = self.executions.get(run_id)
        if execution is None or execution.workflow_id != workflow_id or execution.domain != domain:
            raise unknown_run(workflow_id, run_id)
        return execution

    def open_run(self, domain: str, workflow_id: str) -> Execution | None:
        """Return the open execution with a workflow id, None if there is none.

        :param domain: the name of an existing domain.
        :param workflow_id: the workflow id.
        """
        run_id = self.domains[domain].open_runs.get(workflow_id)
        return None if run_id is None else self.executions[run_id]

    def find_open(self, domain: str, workflow_id: str, run_id: str | None) -> Execution:
        """Return the open execution with a workflow id.

        :param run_id: its run id; None: any.
        :raises Fault: UnknownResourceFault if it does not exist or is closed.
        """
        if run_id is None:
            execution = self.open_run(domain, workflow_id)
            if execution is None:
                raise unknown_workflow(workflow_id)
            return execution
        execution = self.run(domain, workflow_id, run_id)
        if not execution.is_open:
            raise unknown_run(workflow_id, run_id)
        return execution

    def next_run_id(self) -> str:
        """Return the id of the next run, in the format of the service; ids never repeat."""
        digest = hmac.digest(self.secret, f"run {self.runs + 1}".encode(), "sha256")
        return "22" + base64.b64encode(digest).decode()

    # -- Changing --------------------------------------------------------------------------------

    def apply(self, record: Record) -> None:
        """Apply a record.

        :param record: one of the records in the list above; it must fit the state.
        """
        RECORD_HANDLERS[record[0]](self, *record[1:])

    def _apply_tenant(self, details: dict[str, Any]) -> None:
        self.region = details["region"]
        self.account = details["account"]
        self.secret = bytes.fromhex(details["secret"])
        if len(self.secret) > MAX_SECRET:
            raise ValueError(f"secret of {len(self.secret)} bytes: must have {MAX_SECRET} or less")
        self.runs = details["runs"]

    def _apply_domain(self, details: dict[str, Any]) -> None:
        value = RegisteredDomain(**details)
        self.domain_names.put(value)
        if value.name in self.domains:
            self.domains[value.name].registration = value
        else:
            self.domains[value.name] = DomainState(value)

    def _apply_deprecated(self, name: str, now: float) -> None:
        domain = self.domains[name]
        domain.registration = domain.registration._replace(status=DEPRECATED)
        self.domain_names.put(domain.registration)
        for registry in (domain.workflow_types, domain.activity_types):
            for each in [each for each in registry if each.status == REGISTERED]:
                registry.put(each._replace(status=DEPRECATED, deprecation_date=now))
        self.now = max(self.now, now)

    def _apply_type(self, domain: str, kind: str, details: dict[str, Any]) -> None:
        self.domains[domain].types(kind).put(RegisteredType(**details))

    def _apply_untype(self, domain: str, kind: str, name: str, version: str) -> None:
        self.domains[domain].types(kind).remove((name, version))

    def _apply_run(
        self, domain: str, workflow_id: str, run_id: str, ordinal: int, event: Event
    ) -> None:
        execution = Execution(domain, workflow_id, run_id, ordinal)
        self.runs = max(self.runs, ordinal)
        self.executions[run_id] = execution
        self.domains[domain].open_runs[workflow_id] = run_id
        self._apply_event(run_id, event)
        self.domains[domain].visibility.opened(execution)

    def _apply_event(self, run_id: str, event: Event) -> None:
        execution = self.executions[run_id]
        self.now = max(self.now, event["eventTimestamp"])
        fold_event(execution, event, self.task_lists, self.deadlines)
        if execution.close_status is not None:
            self._close(execution, execution.close_status)

    def _close(self, execution: Execution, status: str) -> None:
        domain = self.domains[execution.domain]
        del domain.open_runs[execution.workflow_id]
        domain.visibility.closed(execution, execution.close_timestamp or 0.0, status)
        self._retain(execution)

    def _retain(self, execution: Execution) -> None:
        timestamp = execution.close_timestamp or 0.0
        execution.deadline = whole_milliseconds(timestamp + self.retention(execution))
        execution.armed = None
        self.deadlines.arm(execution)

    def _apply_closed(
        self,
        domain: str,
        workflow_id: str,
        run_id: str,
        ordinal: int,
        details: dict[str, Any],
        chunks: Sequence[bytes],
    ) -> None:
        execution = Execution(domain, workflow_id, run_id, ordinal)
        execution.history = EventLog(details["events"], chunks)
        for name in CLOSED_FIELDS:
            setattr(execution, name, details[name])
        self.runs = max(self.runs, ordinal)
        self.now = max(self.now, details["close_timestamp"])
        self.executions[run_id] = execution
        self.domains[domain].visibility.add_closed(
            execution, details["close_timestamp"], details["close_status"]
        )
        self._retain(execution)

    def _apply_heartbeat(
        self, run_id: str, scheduled_event_id: int, now: float, details: str | None
    ) -> None:
        task = self.executions[run_id].activities[scheduled_event_id]
        task.heartbeat(now, details)
        self.deadlines.arm(task)
        self.now = max(self.now, now)

    def _apply_purge(self, run_id: str) -> None:
        execution = self.executions.pop(run_id, None)
        if execution is None:  # deleted from the closed runs of the database already
            return
        execution.deadline = None
        self.domains[execution.domain].visibility.purged(
            execution, execution.close_timestamp or 0.0, execution.close_status or ""
        )

    def _apply_order(self, order: list[tuple[str, int]]) -> None:
        tasks = {(task.execution.run_id, task.event_id): task for task in self._pending()}
        self.task_lists.reorder(tasks[run_id, event_id] for run_id, event_id in order)

    def retention(self, execution: Execution) -> int:
        """Return how long a closed execution is retained, in seconds; NONE is the same as 0.

        :param execution: an open or closed execution.
        """
        if self._retention is not None:
            return self._retention * DAY
        days = self.domains[execution.domain].registration.retention
        return 0 if days == "NONE" else int(days) * DAY

    # -- Storing ---------------------------------------------------------------------------------

    @classmethod
    def from_records(
        cls, records: Iterable[Record], limits: str = "off", retention: int | None = None
    ) -> "State":
        """Return the state that results from records, of which the first has the kind "tenant".

        :param limits: as for the constructor.
        :param retention: as for the constructor.
        :raises ValueError: if the first record has another kind, or a later one has that kind or
            refers to a database.
        """
        state = cls("", limits=limits, retention=retention)
        first = True
        for record in records:
            if first is not (record[0] == "tenant"):
                raise ValueError(
                    f"record {record[0]!r}: the first record, and no other, must be 'tenant'"
                )
            if record[0] == "closed":
                raise ValueError("record 'closed': must be in a database")
            first = False
            state.apply(record)
        if first:
            raise ValueError("no records: the first record must be 'tenant'")
        latest = max(state.now, state.deadlines.latest)
        if not latest <= MAX_TIME:
            raise ValueError(f"time={latest}: must not be after {MAX_TIME}")
        return state

    def records(self) -> Iterator[Record]:
        """Yield the minimal records of this state, for a snapshot."""
        yield from self.registrations()
        for execution in self.executions.values():
            events = execution.history.between(1, len(execution.history))
            yield from run_records(execution, events, heartbeat_records(execution))
        yield from self.task_order()

    def registrations(self) -> Iterator[Record]:
        """Yield the records of the tenant, its domains and types, which come first."""
        yield [
            "tenant",
            {
                "account": self.account,
                "region": self.region,
                "secret": self.secret.hex(),
                "runs": self.runs,
            },
        ]
        for domain in self.domains.values():
            yield ["domain", domain.registration._asdict()]
            for kind in ("workflow", "activity"):
                for each in domain.types(kind):
                    yield ["type", domain.registration.name, kind, each._asdict()]

    def task_order(self) -> Iterator[Record]:
        """Yield the record of the order of pending tasks, which comes last, if there are any."""
        pending = sorted(self._pending(), key=lambda task: task.order)
        if pending:
            yield ["order", [[task.execution.run_id, task.event_id] for task in pending]]

    def _pending(self) -> Iterator[Task]:
        for execution in self.executions.values():
            yield from (task for task in execution.activities.values() if task.pending)
            if execution.queued_decision_task is not None:
                yield execution.queued_decision_task


CLOSED_FIELDS = (
    "settings",
    "start_timestamp",
    "close_timestamp",
    "close_status",
    "counts_at_close",
    "latest_context",
    "latest_activity_timestamp",
)
"""The attributes of a closed run, besides its history."""


def run_records(
    execution: Execution, events: Sequence[Event], heartbeats: Iterable[Record]
) -> Iterator[Record]:
    """Yield the records of a run.

    :param events: its history.
    :param heartbeats: its `heartbeat_records`.
    """
    run_id = execution.run_id
    identity = (execution.domain, execution.workflow_id, run_id, execution.ordinal)
    yield ["run", *identity, events[0]]
    for event in events[1:]:
        yield ["event", run_id, event]
    yield from heartbeats


def heartbeat_records(execution: Execution) -> list[Record]:
    """Return the records of the last heartbeats of the open activities of a run."""
    return [
        ["heartbeat", execution.run_id, task.event_id, task.heartbeat_at, task.details]
        for task in execution.activities.values()
        if task.heartbeat_at != task.started_at or task.details is not None
    ]


def closed_record(execution: Execution) -> Record:
    """Return the record of a closed run, without the chunks of its history."""
    details = {name: getattr(execution, name) for name in CLOSED_FIELDS}
    details["events"] = len(execution.history)
    identity = (execution.domain, execution.workflow_id, execution.run_id, execution.ordinal)
    return ["closed", *identity, details]


RECORD_HANDLERS: dict[str, Callable[..., None]] = {
    "tenant": State._apply_tenant,
    "domain": State._apply_domain,
    "deprecated": State._apply_deprecated,
    "type": State._apply_type,
    "untype": State._apply_untype,
    "run": State._apply_run,
    "event": State._apply_event,
    "heartbeat": State._apply_heartbeat,
    "purge": State._apply_purge,
    "closed": State._apply_closed,
    "order": State._apply_order,
}
