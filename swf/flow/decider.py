"""`DeciderWorker`: decides for the executions of a flow, on the runtime of `swf.actors`.

What it decides is in `decide.py` (by what steps require) and `schedule.py` (a flow's own decider).
What it knows of a run is kept beside the cached history, and built anew when that is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from swf import actors
from swf.actors import DecisionTaskContext, Hooks
from swf.flow import loop
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.activity_state import ActivityState
from swf.flow.activity_step import Activity
from swf.flow.custom_decider import (
    ScheduleContext,
    ensure_requirements,
    schedule,
    schedule_activity_task,
)
from swf.flow.decision_making import decide, decide_from_steps, decide_with_custom_decider
from swf.flow.definition import Definition
from swf.flow.domain_resolution import domain_of
from swf.flow.event import activity_states_from_events
from swf.flow.flow_state import FlowState, States
from swf.flow.log import GarconLogger
from swf.flow.registration import register
from swf.flow.scheduler import Scheduler
from swf.models import WorkflowExecution
from swf.models.decision import Decision
from swf.models.history import History

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "DeciderWorker",
    "ScheduleContext",
    "ensure_requirements",
    "schedule",
    "schedule_activity_task",
]

logger = logging.getLogger(__name__)


class CachedExecution:
    """What a decider remembers of a run between two decisions."""

    def __init__(self, definition: Definition, execution: WorkflowExecution) -> None:
        self._definition = definition
        self.run = FlowState(
            definition.domain_name,
            execution.workflow_id,
            execution.run_id or "",
            codec=definition.codec,
        )
        self.progress: Scheduler | None = None

    def update(self, history: History) -> None:
        """Take in what is new."""
        self.run.feed(history)
        if self._definition.decider is not None:
            return
        if self.progress is None:
            self.progress = Scheduler(self._definition, self.run)
        else:
            self.progress.advance()
            if self.progress.is_stale:  # its decisions were not taken as they were made
                self.progress = Scheduler(self._definition, self.run)


class FlowDecider(actors.Decider):
    """Decides for the executions of one flow."""

    def __init__(self, worker: DeciderWorker, identity: str | None, **options: Any) -> None:
        definition = worker.definition
        hooks = [*options.pop("hooks", ()), OnException(worker)]
        domain = domain_of(definition.domain, worker.client)
        super().__init__(domain, definition.task_list, identity, hooks=hooks, **options)
        self._worker = worker

    def decide(self, task: DecisionTaskContext) -> list[Decision]:
        """Return the decisions for a task."""
        definition = self._worker.definition
        if task.state is None:
            task.state = CachedExecution(definition, task.execution)
        memory: CachedExecution = task.state
        memory.update(task.history)
        return self._worker.decide(memory)


class OnException(Hooks):
    """Tells a flow's `on_exception` of polls and answers that fail."""

    def __init__(self, worker: DeciderWorker) -> None:
        self.worker = worker

    def on_error(self, actor: Any, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Tell it."""
        self.worker.tell(error)


class DeciderWorker(GarconLogger):
    """Decides for the executions of a flow.

    :param flow: a module or an object with `domain`, `name` and steps; see `Definition`.
    :param register: whether to register domain, workflow type and activity types.
    :param options: as of `swf.actors.Decider`: `concurrency`, `identity`, `hooks`, `sticky` ...
    """

    def __init__(self, flow: Any, register: bool = True, **options: Any) -> None:
        self.flow = flow
        self.definition = Definition.of(flow)
        self.client = getattr(flow, "client", None)
        self.domain = self.definition.domain
        self.version = self.definition.version
        self.task_list = self.definition.task_list
        self.activities: list[Activity] = find_workflow_activities(self.definition)
        self.on_exception: Callable[[Any, BaseException], Any] | None = getattr(
            flow, "on_exception", None
        )
        self._identity = options.pop("identity", None)
        self._options = options
        self._actor: FlowDecider | None = None
        self._failed_polls = 0
        if register:
            self.register()

    @property
    def actor(self) -> FlowDecider:
        """The actor that polls and answers."""
        if self._actor is None:
            self._actor = FlowDecider(self, self._identity, **self._options)
        return self._actor

    def register(self) -> None:
        """Register domain, workflow type and activity types, as far as they are not registered.

        :raises ResponseError: the service refused, for another reason than that it knows them.
        """
        register(self.definition, self.client)

    def run(self, identity: str | None = None) -> bool:
        """Poll once, decide and answer; return True, so that a loop goes on.

        What goes wrong is logged and told to `on_exception`; the next poll waits a little longer.
        """
        if identity != self._identity:
            self._identity, self._actor = identity, None
        self._failed_polls = loop.poll_once(self.actor, self.logger, self._failed_polls)
        return True

    def start(self) -> None:
        """Poll and decide in threads, until `stop`."""
        self.actor.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Poll no more, and return whether all that was in hand is done after `timeout` seconds."""
        return self.actor.stop(timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def decide(self, memory: CachedExecution) -> list[Decision]:
        """Return the decisions for a run, from `create_decisions_from_flow` if that is another one.

        The same goes for `delegate_decisions`, where the flow has a decider of its own.
        """
        run, decider = memory.run, self.definition.decider
        part = "create_decisions_from_flow" if decider is None else "delegate_decisions"
        own = getattr(self, part)
        if getattr(own, "__func__", None) is getattr(DeciderWorker, part):
            return decide(self.definition, run, memory.progress, self.failed)
        decisions: list[Decision] = []
        own(decisions, *([decider] if decider else []), run, run.context)
        return decisions

    def failed(self, error: Exception) -> None:
        """Log and tell what makes an execution fail."""
        self.logger.error(error, exc_info=error)
        self.tell(error)

    def tell(self, error: BaseException) -> None:
        """Tell `on_exception`, and do not fail if that does."""
        if self.on_exception is None:
            return
        try:
            self.on_exception(self, error)
        except Exception:
            logger.exception("on_exception of %s failed", self.definition.name)

    # The parts, for those who build a decider of their own.

    def get_history(self, *poll: Any) -> list[dict[str, Any]]:
        """Return all events of a polled decision task but those about decision tasks.

        :param poll: what PollForDecisionTask answered; an identity may stand before it.
        """
        page: Mapping[str, Any] = poll[-1]
        identity = poll[0] if len(poll) > 1 else None
        events = list(page["events"])
        while page.get("nextPageToken"):
            page = self.actor.connection.call(
                "PollForDecisionTask",
                domain=self.definition.domain_name,
                taskList={"name": self.task_list},
                identity=identity,
                nextPageToken=page["nextPageToken"],
            )
            events += page.get("events", ())
        return [event for event in events if not event["eventType"].startswith("Decision")]

    def get_activity_states(
        self, history: Iterable[Mapping[str, Any]]
    ) -> dict[str, dict[str, ActivityState]]:
        """Return the states of the activities in a list of events, by activity name and id."""
        return activity_states_from_events(history)

    def create_decisions_from_flow(
        self, decisions: list[Decision], activity_states: States, context: Mapping[str, Any]
    ) -> None:
        """Add the decisions that follow from what the steps require."""
        run = FlowState.of(activity_states, context)
        decisions += decide_from_steps(
            self.definition, run, Scheduler(self.definition, run), self.failed
        )

    def delegate_decisions(
        self,
        decisions: list[Decision],
        decider: Callable[..., Any],
        history: States,
        context: Mapping[str, Any],
    ) -> None:
        """Add the decisions of a custom decider."""
        run = FlowState.of(history, context)
        decisions += decide_with_custom_decider(self.definition, run, self.failed, decider)
