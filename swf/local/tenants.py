"""What the shell asks of a world beside requests: its making, its copy, and what goes on in it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator

from swf.local.entities import Execution
from swf.local.protocol import account
from swf.local.state import Record, State
from swf.local.store import TenantKey


def make(key: TenantKey, limits: str) -> tuple[State, Record]:
    """Return an empty world, and the record that the log of a world begins with."""
    state = State(key.region, account(key.access_key), secrets.randbits(63), limits)
    return state, next(iter(state.records()))


def dump(state: State) -> bytes:
    """Return a world as bytes, which share nothing with it."""
    return json.dumps(list(state.records()), separators=(",", ":")).encode()


def load(data: bytes, limits: str) -> State:
    """Return the world that was dumped."""
    return State.from_records(json.loads(data), limits)


def open_runs(states: Iterable[State]) -> Iterator[Execution]:
    """Yield the open executions of these worlds."""
    for state in states:
        for domain in state.domains.values():
            for run_id in domain.open_runs.values():
                yield state.executions[run_id]


def pending_tasks(run: Execution) -> int:
    """Return how many tasks of an execution are scheduled and not started."""
    activities = sum(task.pending for task in run.activities.values())
    return activities + (run.queued_decision_task is not None)


def is_blocked_on_time(states: Iterable[State]) -> bool:
    """Say whether executions are open and wait for nothing but time: no task is open in any.

    With no execution open there is nothing to wait for: the end of a retention period is not.
    """
    runs = list(open_runs(states))
    return bool(runs) and not any(
        run.decision_task or run.queued_decision_task or run.activities or run.lambdas
        for run in runs
    )
