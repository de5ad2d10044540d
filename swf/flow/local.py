"""Run a flow on an embedded service, in this process, and show how far it is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from attrs import frozen

from swf import payload
from swf.actors import DecisionTaskContext, Hooks
from swf.connection import using
from swf.constants import CLOSE_STATUS_CONTINUED_AS_NEW
from swf.flow.builtin_steps import ChildFlowStep
from swf.flow.display import ProgressDisplay
from swf.local import Clock, LocalSWF, SkippingClock
from swf.models import WorkflowExecution
from swf.models.decision import Decision
from swf.models.history import History

if TYPE_CHECKING:
    from swf.flow.flow import Flow

#: Real seconds that an empty poll takes, and so how long the end may take.
POLL_TIMEOUT = 0.5


@frozen
class FlowResult:
    """What came of an execution.

    :param close_status: `COMPLETED`, `FAILED`, ...
    :param result: the merged results of its steps.
    :param reason: for which it failed.
    :param history: all its events.
    """

    close_status: str
    result: Any
    reason: str | None
    history: History


class CloseNotifier(Hooks):
    """Tells when a decision that closes an execution was taken."""

    def __init__(self) -> None:
        self.happened = threading.Event()

    def after_decision(
        self,
        actor: Any,  # noqa: ARG002
        task: DecisionTaskContext,  # noqa: ARG002
        decisions: Sequence[Decision] | None,
    ) -> None:
        """Look at the last decision."""
        if decisions and decisions[-1].is_closing:
            self.happened.set()


def run_local(
    flow: Flow,
    context: Mapping[str, Any] | None,
    concurrency: int,
    progress: TextIO | bool,
    clock: Clock | None,
    signals: Iterable[tuple[str, Any]],
) -> FlowResult:
    """Run a flow to its end; the arguments are those of `Flow.run_local`."""
    stream = sys.stderr if progress is True else progress
    display = ProgressDisplay(flow.definition, stream or None)
    closing = CloseNotifier()
    service = LocalSWF(clock=clock, poll_timeout=POLL_TIMEOUT)
    with service, using(service.connection()), display:
        actors: list[Any] = []
        patience: float | None = 0.0  # whoever interrupts it waits for nothing that is in hand
        try:
            for each in [flow, *_children(flow)]:
                hooks = [closing, display] if each is flow else [closing]
                actors.append(each.decider(hooks=hooks))
                actors.append(each.worker(concurrency=concurrency, hooks=hooks[1:]))
            for actor in actors:
                actor.start()
            with _held(clock):
                started = flow.start(context)
                for name, given in signals:
                    text = payload.encode(given, f"signal {name}", codec=flow.definition.codec)
                    started.signal(name, text)
            history = _closed(started, closing)
            patience = None
        finally:
            for actor in reversed(actors):
                actor.stop(patience)
    execution = history.execution
    result = payload.decode(execution.text("result"), flow.definition.codec)
    return FlowResult(execution.close_status or "", result, execution.reason, history)


def _held(clock: Clock | None) -> AbstractContextManager[None]:
    """Skip no time within the block: what is sent there comes before whatever has a timeout."""
    return clock.hold() if isinstance(clock, SkippingClock) else nullcontext()


def _children(flow: Flow) -> list[Flow]:
    """Return the flows that a flow runs as children, and theirs, as far as they are at hand."""
    found: dict[str, Flow] = {}
    waiting = [flow]
    while waiting:
        for step in waiting.pop().definition.all_steps:
            if isinstance(step, ChildFlowStep) and hasattr(step.flow, "domain"):
                name = step.flow.name
                if name not in found:
                    found[name] = type(flow)(step.flow)
                    waiting.append(found[name])
    found.pop(flow.definition.name, None)
    return list(found.values())


def _closed(execution: WorkflowExecution, closing: CloseNotifier) -> History:
    """Return the history of an execution, or of what continues it, when it is closed."""
    while True:
        closing.happened.wait(POLL_TIMEOUT)  # it may also time out, which nobody decides
        closing.happened.clear()
        now = execution.upstream()
        if now.close_status is None:
            continue
        history = now.history()
        if now.close_status != CLOSE_STATUS_CONTINUED_AS_NEW:
            return history
        execution = execution.evolve(run_id=history.execution.new_execution_run_id)
