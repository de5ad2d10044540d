"""Run a flow on an embedded service in this process, and show its progress."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

from attrs import frozen

from swf import payload
from swf.connection import using
from swf.engine.continuation import last_run
from swf.engine.decision_watcher import DecisionWatcher
from swf.flow.activity_worker import ActivityWorker
from swf.flow.builtin_steps import ChildFlowStep
from swf.flow.decider import DeciderWorker
from swf.flow.definition import Definition
from swf.flow.display import ProgressDisplay
from swf.flow.start import start_execution
from swf.local import Clock, LocalSWF, SkippingClock
from swf.models import WorkflowExecution
from swf.models.history import History

#: Real seconds of an empty poll, and so the maximum delay after the execution closes.
POLL_TIMEOUT = 0.5


@frozen
class FlowResult:
    """The result of an execution.

    :param close_status: `COMPLETED`, `FAILED`, ...
    :param result: the merged results of the steps.
    :param reason: the reason of a failure.
    :param history: all events.
    """

    close_status: str
    result: Any
    reason: str | None
    history: History


def run_local(
    definition: Definition,
    context: Mapping[str, Any] | None,
    concurrency: int,
    progress: TextIO | bool,
    clock: Clock | None,
    signals: Iterable[tuple[str, Any]],
) -> FlowResult:
    """Run a flow to its end; see `Flow.run_local` for the arguments."""
    stream = sys.stderr if progress is True else progress
    display = ProgressDisplay(definition, stream or None)
    watcher = DecisionWatcher()
    service = LocalSWF(clock=clock, poll_timeout=POLL_TIMEOUT)
    with service, using(service.connection()), display:
        actors: list[Any] = []
        stop_timeout: float | None = 0.0  # an interrupt does not wait for the current tasks
        try:
            for each in [definition, *_child_flows(definition)]:
                hooks = [watcher, display] if each is definition else [watcher]
                worker_hooks = hooks[1:]
                actors.append(DeciderWorker(each.flow, hooks=hooks))
                worker = ActivityWorker(each.flow, concurrency=concurrency, hooks=worker_hooks)
                actors.append(worker)
            for actor in actors:
                actor.start()
            with _paused(clock):
                execution = start_execution(definition, context)
                for name, value in signals:
                    text = payload.encode(value, f"signal {name}", codec=definition.codec)
                    execution.signal(name, text)
            history = _wait_until_closed(execution, watcher)
            stop_timeout = None
        finally:
            for actor in reversed(actors):
                actor.stop(stop_timeout)
    closed = history.execution
    result = payload.decode(closed.text("result"), definition.codec)
    return FlowResult(closed.close_status or "", result, closed.reason, history)


def _paused(clock: Clock | None) -> AbstractContextManager[None]:
    """Skip no time within the block: signals sent in it arrive before any timeout."""
    return clock.hold() if isinstance(clock, SkippingClock) else nullcontext()


def _child_flows(definition: Definition) -> list[Definition]:
    """Return the flows that a flow runs as children, and their children, if they have a domain."""
    by_name: dict[str, Definition] = {}
    waiting = [definition]
    while waiting:
        for step in waiting.pop().all_steps:
            if isinstance(step, ChildFlowStep) and hasattr(step.flow, "domain"):
                name = step.flow.name
                if name not in by_name:
                    by_name[name] = Definition.load(step.flow)
                    waiting.append(by_name[name])
    by_name.pop(definition.name, None)
    return list(by_name.values())


def _wait_until_closed(execution: WorkflowExecution, watcher: DecisionWatcher) -> History:
    """Return the history of an execution, or of its last continuation, when it is closed.

    :raises BaseException: the error of a decider; the execution would stay open.
    """
    while True:
        # The wait has a limit, since no decision closes an execution that times out.
        watcher.changed.wait(POLL_TIMEOUT)
        watcher.changed.clear()
        watcher.check()
        if execution.upstream().close_status is None:
            continue
        execution, history = last_run(execution)
        if history.execution.close_status is not None:
            return history
