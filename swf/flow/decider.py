"""`DeciderWorker`: decides for the executions of a flow, on the runtime of `swf.actors`.

The decisions are made in `decision_making.py` (from the requirements of the steps) and
`custom_decider.py` (by a custom decider). The state of an execution is cached with its history, and
rebuilt when the cache entry is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from swf import actors
from swf.actors import DecisionTaskContext, Hooks
from swf.actors.faults import FaultAction, fault_action
from swf.actors.runtime import is_user_interrupt
from swf.exceptions import SWFError
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
from swf.flow.domain_resolution import resolve_domain
from swf.flow.event import activity_states_from_events
from swf.flow.flow_state import FlowState, States
from swf.flow.log import GarconLogger
from swf.flow.polling import poll_and_log_errors
from swf.flow.registration import register_flow
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
    """The state of an execution that a decider keeps between two decision tasks.

    :param definition: the flow.
    :param execution: the execution, for its ids and the histories of previous executions.
    """

    def __init__(self, definition: Definition, execution: WorkflowExecution) -> None:
        self._definition = definition
        self.flow_state = FlowState(
            definition.domain_name,
            execution.workflow_id,
            execution.run_id or "",
            codec=definition.codec,
            load_history=lambda workflow_id, run_id: execution.evolve(
                workflow_id=workflow_id, run_id=run_id
            ).history(),
        )
        #: The states of the steps; None for a flow with a custom decider.
        self.scheduler: Scheduler | None = None

    def update(self, history: History) -> None:
        """Apply the new events of a history."""
        self.flow_state.update(history)
        if self._definition.decider is not None:
            return
        if self.scheduler is None:
            self.scheduler = Scheduler(self._definition, self.flow_state)
        else:
            self.scheduler.advance()
            if self.scheduler.is_stale:  # the service did not accept the last decisions
                self.scheduler = Scheduler(self._definition, self.flow_state)


class FlowDecider(actors.Decider):
    """The actor that decides for the executions of one flow."""

    def __init__(self, worker: DeciderWorker, identity: str | None, **options: Any) -> None:
        definition = worker.definition
        hooks = [*options.pop("hooks", ()), DeciderExceptionHook(worker)]
        domain = resolve_domain(definition.domain, worker.client)
        super().__init__(domain, definition.task_list, identity, hooks=hooks, **options)
        self._worker = worker

    def _set_up(self) -> None:
        self._worker.complete_registration()

    def poll_once(self) -> bool:
        """Register the flow if that has failed so far, poll once, and decide.

        :returns: whether there was a decision task.
        :raises SWFError: if a call fails.
        """
        self._set_up()
        return super().poll_once()

    def decide(self, task: DecisionTaskContext) -> list[Decision]:
        """Return the decisions for a decision task."""
        definition = self._worker.definition
        if task.state is None or self._worker.is_overridden:
            execution = task.execution.evolve(connection=self.connection)
            task.state = CachedExecution(definition, execution)
        cached: CachedExecution = task.state
        cached.update(task.history)
        decisions = self._worker.decide(cached)
        pause = cached.flow_state.limits.pause
        return decisions if pause is None else pause.apply(task, decisions)


class DeciderExceptionHook(Hooks):
    """Calls a flow's `on_exception` with the errors of polls and responses."""

    def __init__(self, worker: DeciderWorker) -> None:
        self.worker = worker

    def on_error(self, actor: Any, error: BaseException, task: Any) -> None:  # noqa: ARG002
        """Call `on_exception`."""
        self.worker.call_on_exception(error)


class DeciderWorker(GarconLogger):
    """Decides for the executions of a flow.

    :param flow: a module or an object with `domain`, `name` and steps; see `Definition`.
    :param register: whether to register the domain, the workflow type and the activity types. If
        the service is not available, the decider registers them before its first poll.
    :param options: options of `swf.actors.Decider`: `concurrency`, `identity`, `hooks`, `sticky`...
    :raises TypeError: the flow has no name or no domain, or its custom decider is a generator
        function or an async function.
    :raises ResponseError: the service will never register the flow.
    """

    def __init__(self, flow: Any, register: bool = True, **options: Any) -> None:
        self.flow = flow
        self.definition = Definition.load(flow)
        self.client = getattr(flow, "client", None)
        self.domain = self.definition.domain
        self.version = self.definition.version
        self.task_list = self.definition.task_list
        self.activities: list[Activity] = find_workflow_activities(self.definition)
        self.on_exception = self.definition.on_exception
        self._has_custom_decider = self.definition.decider is not None
        self._identity = options.pop("identity", None)
        self._options = options
        self._actor: FlowDecider | None = None
        self._failed_polls = 0
        self._must_register = register
        try:
            self.complete_registration()
        except SWFError as error:
            if fault_action(error) is not FaultAction.RETRY:
                raise
            logger.warning("Registration failed, next attempt at the start: %r: %s", flow, error)

    @property
    def actor(self) -> FlowDecider:
        """The actor that polls for decision tasks and responds to them."""
        if self._actor is None:
            self._actor = FlowDecider(self, self._identity, **self._options)
        return self._actor

    def register(self) -> None:
        """Register the domain, the workflow type and the activity types that do not exist yet.

        :raises ResponseError: the service refused, except because a type already exists.
        """
        register_flow(self.definition, self.client)

    def complete_registration(self) -> None:
        """Register the flow, unless that was done or not requested.

        :raises ResponseError: the service refused, except because a type already exists.
        """
        if self._must_register:
            self.register()
            self._must_register = False

    def run(self, identity: str | None = None) -> bool:
        """Poll once, decide and respond; return True.

        Errors are logged and passed to `on_exception`; the next poll waits longer.

        :param identity: the name of the decider in the history.
        """
        if identity != self._identity:
            self._identity, self._actor = identity, None
        self._failed_polls = poll_and_log_errors(self.actor, self.logger, self._failed_polls)
        return True

    def start(self) -> None:
        """Poll and decide in threads until `stop`."""
        self.actor.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Stop polling and wait for the current decision tasks.

        :param timeout: maximum seconds to wait; None: no limit.
        :returns: whether all decision tasks are finished.
        """
        return self.actor.stop(timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def is_overridden(self) -> bool:
        """Whether a subclass makes the decisions.

        It receives the state of the execution, which is therefore not cached.
        """
        method = getattr(self, self._decision_method)
        return getattr(method, "__func__", None) is not getattr(
            DeciderWorker, self._decision_method
        )

    @property
    def _decision_method(self) -> str:
        return "delegate_decisions" if self._has_custom_decider else "create_decisions_from_flow"

    def decide(self, execution: CachedExecution) -> list[Decision]:
        """Return the decisions for an execution.

        If a subclass overrides `create_decisions_from_flow`, or `delegate_decisions` for a flow
        with a custom decider, the override makes the decisions.
        """
        flow_state, decider = execution.flow_state, self.definition.decider
        if not self.is_overridden:
            return decide(self.definition, flow_state, execution.scheduler, self.execution_failed)
        decisions: list[Decision] = []
        method = getattr(self, self._decision_method)
        method(decisions, *([decider] if decider else []), flow_state, flow_state.context)
        return decisions

    def execution_failed(self, error: Exception) -> None:
        """Log the error that fails an execution and call `on_exception`."""
        self.logger.error(error, exc_info=error)
        self.call_on_exception(error)

    def call_on_exception(self, error: BaseException) -> None:
        """Call `on_exception`, if there is one; its own errors are logged."""
        if self.on_exception is None:
            return
        try:
            self.on_exception(self, error)
        except BaseException as failure:
            if is_user_interrupt(failure):
                raise
            logger.exception("on_exception failed: %s", self.definition.name)

    # The parts of a decision, for custom deciders and subclasses.

    def get_history(self, *poll: Any) -> list[dict[str, Any]]:
        """Return the events of a decision task, except those about decision tasks.

        :param poll: the response of PollForDecisionTask, optionally after an identity.
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
        """Return activity states by activity name and id.

        :param history: events, as `get_history` returns them.
        """
        return activity_states_from_events(history)

    def create_decisions_from_flow(
        self, decisions: list[Decision], activity_states: States, context: Mapping[str, Any]
    ) -> None:
        """Add the decisions that follow from the requirements of the steps.

        :param decisions: the list to which the decisions are added.
        :param activity_states: activity states by activity name and id.
        :param context: the input and results of the execution.
        """
        flow_state = FlowState.coerce(activity_states, context)
        scheduler = Scheduler(self.definition, flow_state)
        decisions += decide_from_steps(
            self.definition, flow_state, scheduler, self.execution_failed
        )

    def delegate_decisions(
        self,
        decisions: list[Decision],
        decider: Callable[..., Any],
        history: States,
        context: Mapping[str, Any],
    ) -> None:
        """Add the decisions of a custom decider.

        :param decisions: the list to which the decisions are added.
        :param decider: the custom decider.
        :param history: activity states by activity name and id.
        :param context: the input and results of the execution.
        """
        flow_state = FlowState.coerce(history, context)
        decisions += decide_with_custom_decider(
            self.definition, flow_state, self.execution_failed, decider
        )
