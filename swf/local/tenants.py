"""The tenants of a service: one state for each account and region, written to the store."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress

from swf.local.compaction import Compaction
from swf.local.entities import Execution
from swf.local.faults import Fault, UnknownDomainFault, unknown
from swf.local.protocol import account, refuse_constant
from swf.local.state import Record, State
from swf.local.store import Entry, RecordStore, StoreError, TenantKey

logger = logging.getLogger(__name__)

DELAY_TASK_LIST = "swf.delay"
"""List that no poller polls, by convention: decision tasks wait there for their timeout."""

COMPACT_FROM = 100_000
"""Records in the log from which the service replaces it by the records of the state."""


class Tenants:
    """The states of a service, and the store that holds their records.

    :param store: where records are written; None keeps the states in memory only.
    :param limits: "strict" or "off", for each state.
    :param retention: days to retain closed executions; None: the retention of their domain.
    """

    def __init__(
        self, store: RecordStore | None, limits: str, retention: int | None = None
    ) -> None:
        self.states: dict[TenantKey, State] = {}
        self._store = store
        self._limits = limits
        self._retention = retention
        self._compaction: Compaction | None = None
        self._compact_from = 0
        self._is_stale = False
        self.is_writable = True
        self._load()

    def create(self, key: TenantKey) -> tuple[State, Record]:
        """Return an empty state and the first record of its log; neither is stored yet.

        :param key: access key and region, as in the signature of the request.
        """
        seed = secrets.randbits(63)
        state = State(key.region, account(key.access_key), seed, self._limits, self._retention)
        return state, next(iter(state.records()))

    def set_limits(self, limits: str) -> None:
        """Apply other limits, to current states and to new ones.

        :param limits: "strict" or "off".
        """
        self._limits = limits
        for state in self.states.values():
            state.limits = limits

    def write(self, entries: Iterable[Entry]) -> None:
        """Append records to the store.

        :param entries: the records of one transaction, in order.
        :raises StoreError: if they cannot be written. Then `is_writable` is false until `refresh`
            finds room in the database.
        """
        records = [entry for entry in entries if entry.records]
        if self._store is None or not records:
            return
        purged = [
            (entry.tenant, record[1])
            for entry in records
            for record in entry.records
            if record[0] == "purge"
        ]
        try:
            self._store.append(records, purged)
        except StoreError as error:
            logger.error("Cannot write the database, only reads are served: %s", error)
            self.is_writable = False
            raise

    def begin_compaction(self) -> Compaction | None:
        """Return a compaction of the log if it has outgrown the state and none is under way."""
        if self._store is None or self._is_stale or self._compaction is not None:
            return None
        if self._store.log_size <= max(COMPACT_FROM, self._store.state_size, self._compact_from):
            return None
        self._compaction = Compaction(self._store, self.states)
        return self._compaction

    def finish_compaction(self, compaction: Compaction) -> None:
        """Make the compacted state the stored one, unless the states were replaced meanwhile.

        :param compaction: a result of `begin_compaction` whose rows are written.
        :raises StoreError: if it cannot be written.
        """
        if self._compaction is compaction:
            compaction.commit()
            self._compaction, self._compact_from = None, 0

    def cancel_compaction(self, *, has_failed: bool = False) -> None:
        """Cancel the current compaction.

        :param has_failed: whether it failed; then the next one begins once the log has doubled.
        """
        if self._compaction is not None:
            self._compaction.is_canceled = True
            self._compaction = None
        if has_failed and self._store is not None:
            self._compact_from = 2 * self._store.log_size

    def replace(self, states: dict[TenantKey, State]) -> None:
        """Replace all states, in the store too.

        :param states: the new states; tenants that are missing are removed.
        """
        self.cancel_compaction()
        if self._store is not None:
            self._store.replace({key: state.records() for key, state in states.items()})
        self.states = states

    def with_domains(self) -> list[TenantKey]:
        """Return the tenants that have a domain."""
        return [key for key, state in self.states.items() if state.domains]

    def locate(self, key: TenantKey, fault: UnknownDomainFault) -> Fault:
        """Return the fault for an unknown domain, with the tenant where such a domain exists.

        :param key: the tenant of the request.
        """
        for other, state in self.states.items():
            if fault.domain in state.domains:
                return unknown(
                    f"{fault.message} (it exists for access key {other.access_key} in "
                    f"{other.region}; the request has access key {key.access_key} in {key.region})"
                )
        return fault

    @property
    def latest(self) -> float:
        """The latest recorded time of all tenants, in seconds since the epoch."""
        return max((state.now for state in self.states.values()), default=0.0)

    def mark_stale(self) -> None:
        """Reload the states from the store later: they differ after a failed transaction."""
        self.cancel_compaction()
        self._is_stale = self._store is not None

    def refresh(self) -> None:
        """Reload stale states, and check whether the database can be written again."""
        if self._is_stale:
            self._load()
        if self._store is not None and not self.is_writable:
            with suppress(StoreError):
                self._store.reserve()
                self.is_writable = True
                logger.warning("The database can be written again")

    def dump(self) -> dict[TenantKey, bytes]:
        """Return a copy of each state as bytes."""
        return {
            key: json.dumps(list(state.records()), separators=(",", ":")).encode()
            for key, state in self.states.items()
        }

    def parse(self, data: bytes) -> State:
        """Return the state that `dump` wrote.

        :param data: one of the values of `dump`.
        """
        records = json.loads(data, parse_constant=refuse_constant)
        return State.from_records(records, self._limits, self._retention)

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()

    def _load(self) -> None:
        if self._store is None:
            return
        states: dict[TenantKey, State] = {}
        try:
            for key, records in self._store.entries():
                if key not in states:
                    first = [records.pop(0)]
                    states[key] = State.from_records(first, self._limits, self._retention)
                for record in records:
                    states[key].apply(record)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._store.damage(f"a record cannot be applied: {error!r}") from error
        self.states, self._is_stale = states, False


def open_executions(states: Iterable[State]) -> Iterator[Execution]:
    """Yield the open executions of some states."""
    for state in states:
        for domain in state.domains.values():
            for run_id in domain.open_runs.values():
                yield state.executions[run_id]


def pending_tasks(execution: Execution) -> int:
    """Return how many tasks of an execution are scheduled and not started."""
    activities = sum(task.pending for task in execution.activities.values())
    return activities + (execution.queued_decision_task is not None)


def is_blocked_on_time(states: Iterable[State]) -> bool:
    """Return whether executions are open and none of them has a task that a poll could get.

    Then only a deadline can change anything. Without an open execution the answer is no: the end
    of a retention period is not worth waiting for.

    :param states: the states of all tenants.
    """
    is_open = False
    for state in states:
        for execution in open_executions([state]):
            is_open = True
            if execution.decision_task or execution.activities or execution.lambdas:
                return False
            queued = execution.queued_decision_task
            if queued and queued.key[2] != DELAY_TASK_LIST:
                return False
    return is_open
