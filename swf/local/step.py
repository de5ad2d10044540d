"""One step of the engine: the changes that a request or a deadline makes, and their consequences.

A step applies each record to the state at once, so later rules of the step see the changes. A rule
that can raise a fault does so before the first record of its step.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from swf.local.clock import whole_milliseconds
from swf.local.entities import (
    CLOSE_STATUSES,
    Attributes,
    ChildExecution,
    Execution,
    LambdaFunction,
    QueueKey,
    attributes_member,
)
from swf.local.limits import HISTORY_EVENTS, Rate
from swf.local.state import Record, State

Consequence = tuple[Any, ...]
"""A name of `consequences.CONSEQUENCES`, and the arguments of its function."""


STARTS = ("start_child", "call_lambda")
"""Consequences that each end a step: the service starts them one after the other."""


class LambdaCall(NamedTuple):
    """A Lambda function to call; pass its outcome to `finish_lambda`."""

    name: str
    input: str
    run_id: str
    scheduled_event_id: int


class StepResult(NamedTuple):
    """The effects of a step, for its caller to apply."""

    response: dict[str, Any] | None
    """None: the operation has an empty response body. Read-only: it shares parts of the state."""
    records: list[Record]
    """The records for the store, in order and in one transaction."""
    wakes: set[QueueKey]
    """The task lists that received a task."""
    waits_on: QueueKey | None
    """For an empty poll: the task list on which to wait."""
    lambdas: list[LambdaCall]
    remaining: deque[Consequence]
    """The consequences that `proceed` has to apply."""


class EngineStep:
    """Collects the records of one instant, and the consequences that follow them.

    `apply_consequences` applies the consequences after the batch.

    :param now: seconds since the epoch.
    """

    __slots__ = ("batch", "consequences", "lambdas", "now", "records", "state", "waits_on")

    def __init__(self, state: State, now: float) -> None:
        self.state = state
        self.now = max(state.now, whole_milliseconds(now))
        self.records: list[Record] = []
        self.lambdas: list[LambdaCall] = []
        self.waits_on: QueueKey | None = None
        self.batch: Execution | None = None
        self.consequences: deque[Consequence] = deque()

    def record(self, *record: Any) -> None:
        """Apply a record to the state.

        :param record: the record's kind and its fields, see `state`.
        """
        entry = list(record)
        self.state.apply(entry)
        self.records.append(entry)

    def append(self, execution: Execution, event_type: str, **attributes: Any) -> int:
        """Append an event to an execution.

        An event that would fill the history is replaced by the termination of the execution, unless
        it belongs to a batch of decisions, which is written whole.

        :param attributes: the attributes of the event; those that are None are omitted.
        :returns: the event id; 0 if the execution is closed and nothing was appended.
        """
        if not execution.is_open:
            return 0
        event_id = len(execution.history) + 1
        is_bounded = self.batch is not execution and event_type not in CLOSE_STATUSES
        if is_bounded and event_id >= HISTORY_EVENTS:
            self._terminate_full(execution)
            return 0
        event = self.event(event_id, event_type, attributes)
        is_closing = event_type in CLOSE_STATUSES
        starts = self.delayed_starts(execution) if is_closing else ()
        self.record("event", execution.run_id, event)
        if is_closing:
            self.consequences.extend(starts)
            self.consequences.append(("closed", execution, event))
        return event_id

    def delayed_starts(self, execution: Execution) -> list[Consequence]:
        """Return the starts that the next decisions or the close of an execution bring forward."""
        if not self.state.deadlines.delays_starts:
            return []
        return [
            *_starts("start_child", execution, execution.children.values()),
            *_starts("call_lambda", execution, execution.lambdas.values()),
        ]

    def end_batch(self) -> None:
        """End the batch of decisions; terminate its execution if the history is full."""
        execution, self.batch = self.batch, None
        if execution is not None and len(execution.history) >= HISTORY_EVENTS:
            self._terminate_full(execution)

    def _terminate_full(self, execution: Execution) -> None:
        self.append(
            execution,
            "WorkflowExecutionTerminated",
            cause="EVENT_LIMIT_EXCEEDED",
            childPolicy=execution.settings["childPolicy"],
        )

    def event(self, event_id: int, event_type: str, attributes: Attributes) -> dict[str, Any]:
        """Return an event at the time of this step.

        :param event_id: the position in the history, from 1.
        :param event_type: the type of the event.
        :param attributes: its attributes; those that are None are omitted.
        """
        present = {name: value for name, value in attributes.items() if value is not None}
        return {
            "eventId": event_id,
            "eventTimestamp": self.now,
            "eventType": event_type,
            attributes_member(event_type): present,
        }

    def trigger(self, execution: Execution, event_type: str, **attributes: Any) -> int:
        """Append an event for the decider, and a decision task unless one is queued.

        :param attributes: as for `append`.
        :returns: as for `append`.
        """
        event_id = self.append(execution, event_type, **attributes)
        self.schedule_decision_task(execution)
        return event_id

    def schedule_decision_task(self, execution: Execution) -> None:
        """Append a decision task unless one is queued, even while another one is started.

        :param execution: an execution; if it is closed, nothing happens.
        """
        if not execution.is_open or execution.queued_decision_task is not None:
            return
        settings, override = execution.settings, execution.override
        self.append(
            execution,
            "DecisionTaskScheduled",
            scheduleToStartTimeout=override.schedule_to_start if override else "NONE",
            startToCloseTimeout=settings.get("taskStartToCloseTimeout"),
            taskList=override.task_list if override else settings["taskList"],
            taskPriority=settings.get("taskPriority"),
        )

    def has_token(self, key: object, rate: Rate | None) -> bool:
        """Take a token from a bucket; return whether there was one.

        :param rate: size and refill rate of the bucket; None: no limit.
        """
        if self.state.limits == "off" or rate is None:
            return True
        return self.state.throttle.take(key, rate, self.now)

    def result(self, response: dict[str, Any] | None) -> StepResult:
        """Return the effects of the step.

        :param response: the response of the operation; None: an empty body.
        """
        task_lists = self.state.task_lists
        wakes, task_lists.ready = task_lists.ready, set()
        return StepResult(
            response, self.records, wakes, self.waits_on, self.lambdas, self.consequences
        )


def _starts(
    name: str, execution: Execution, entities: Iterable[ChildExecution | LambdaFunction]
) -> Iterator[Consequence]:
    """Yield the consequences that start the entities which have not started."""
    for entity in entities:
        if not entity.started_event_id:
            yield (name, *execution.start(entity.event_id))
