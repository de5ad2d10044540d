"""Replace the log of a database by the records of the state, while the service serves calls.

A compaction belongs to one row of the log. Its constructor, which runs under the lock of the
service, refers to everything that the state holds at that row. Events and closed executions never
change, so it copies only lists of references. A thread then writes the records
in small transactions, and `commit`, again under the lock, makes them the state of the database.
Rows that requests add in the meantime follow that row and stay in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from swf.local.entities import Execution
from swf.local.history import Event
from swf.local.state import Record, State, closed_record, heartbeat_records, run_records
from swf.local.store import ROW, ClosedRun, Entry, RecordStore, StoredChunks, TenantKey

CLOSED_BATCH = 20
"""Closed executions that one transaction writes."""


class _Capture:
    """The references to everything that a state holds, except stored closed executions."""

    def __init__(self, state: State) -> None:
        self.executions = state.executions
        self._registrations = list(state.registrations())
        self._task_order = list(state.task_order())
        self._open: list[tuple[Execution, list[Event], list[Record]]] = []
        self.closed: list[Execution] = []
        for execution in state.executions.values():
            history = execution.history
            if execution.is_open:
                events = history.between(1, len(history))
                self._open.append((execution, events, heartbeat_records(execution)))
            elif not isinstance(history.chunks, StoredChunks):
                self.closed.append(execution)

    def records(self) -> Iterator[Record]:
        """Yield the records of the state, without those of closed executions."""
        yield from self._registrations
        for execution, events, heartbeats in self._open:
            yield from run_records(execution, events, heartbeats)
        yield from self._task_order


class Compaction:
    """A compaction up to the last row of the log at its construction."""

    def __init__(self, store: RecordStore, states: Mapping[TenantKey, State]) -> None:
        self.is_canceled = False
        self._store = store
        self._position = store.position
        self._tenants = {key: _Capture(state) for key, state in states.items()}
        self._rows = self._size = 0
        self._stored: list[tuple[Execution, StoredChunks]] = []

    def write(self) -> None:
        """Write the new generation of the state, unless the compaction is canceled meanwhile.

        :raises StoreError: if it cannot be written.
        """
        for _ in self.steps():
            if self.is_canceled:
                return

    def steps(self) -> Iterator[None]:
        """Write the new generation of the state, a transaction at each step."""
        yield from self._delete_garbage()  # of a compaction that was not completed
        for key, tenant in self._tenants.items():
            records = tenant.records()
            while chunk := list(islice(records, ROW)):
                self._rows += 1
                self._size += len(chunk)
                self._store.write_state(self._position.generation, self._rows, Entry(key, chunk))
                yield
            closed = iter(tenant.closed)
            while batch := list(islice(closed, CLOSED_BATCH)):
                self._write_closed(key, tenant, batch)
                yield

    def commit(self) -> None:
        """Make the new generation the state, and read histories from the database from now on.

        :raises StoreError: if it cannot be written.
        """
        self._store.commit(self._position, self._rows, self._size)
        for execution, chunks in self._stored:
            execution.history.chunks = chunks

    def delete_garbage(self) -> None:
        """Delete the rows that no longer count.

        :raises StoreError: if they cannot be deleted.
        """
        for _ in self._delete_garbage():
            if self.is_canceled:
                return

    def _delete_garbage(self) -> Iterator[None]:
        while self._store.delete_garbage():
            yield

    def _write_closed(self, key: TenantKey, tenant: _Capture, batch: list[Execution]) -> None:
        """Write closed executions, except those whose retention has ended meanwhile."""
        present: list[Execution] = []

        def runs() -> Iterator[ClosedRun]:
            for execution in batch:
                # The transaction that removes an execution deletes its row, if there is one.
                if execution.run_id in tenant.executions:
                    present.append(execution)
                    chunks = execution.history.chunks or ()
                    yield ClosedRun(key, execution.run_id, closed_record(execution), chunks)

        stored = self._store.write_closed(self._position.generation, runs())
        self._stored += zip(present, stored, strict=True)
