"""One step of a world: what a request or a deadline changes, and what follows from it.

A step folds each record at once, so that later rules of the same step see what earlier ones did.
A rule that may refuse does so before its step's first record; afterwards nothing raises.
"""

from collections import deque
from typing import Any, NamedTuple

from swf.local.entities import CLOSE_STATUSES, Attributes, Execution, QueueKey, attributes_member
from swf.local.limits import HISTORY_EVENTS, Rate
from swf.local.state import Record, State


class LambdaCall(NamedTuple):
    """A function to call; its outcome comes back through `finish_lambda`."""

    name: str
    input: str
    run_id: str
    scheduled_event_id: int


class StepResult(NamedTuple):
    """What a step did, and what its caller has to carry out."""

    response: dict[str, Any] | None
    """None: the operation answers with an empty body.  Read only: it shares parts of the state."""
    records: list[Record]
    """What to append to the store, in order and all or nothing."""
    wakes: set[QueueKey]
    """The task lists that received a task."""
    waits_on: QueueKey | None
    """For a poll that found nothing: the list on which its caller may wait, then ask again."""
    lambdas: list[LambdaCall]


class EngineStep:
    """Records made at one instant, and the consequences that are still to be drawn.

    A consequence is a name and its arguments; `consequences.settle` draws them after the batch.
    """

    __slots__ = ("consequences", "lambdas", "now", "records", "state", "waits_on")

    def __init__(self, state: State, now: float) -> None:
        self.state = state
        self.now = max(state.now, round(now, 3))
        self.records: list[Record] = []
        self.lambdas: list[LambdaCall] = []
        self.waits_on: QueueKey | None = None
        self.consequences: deque[tuple[Any, ...]] = deque()

    def record(self, *record: Any) -> None:
        """Change the state."""
        made = list(record)
        self.state.fold(made)
        self.records.append(made)

    def append(self, execution: Execution, event_type: str, **attributes: Any) -> int:
        """Append an event and return its id; attributes that are None are left out.

        Returns 0, and appends nothing, once the execution is closed.  An event that would be the
        last that a history can hold gives way to the one that terminates the execution.
        """
        if not execution.is_open:
            return 0
        event_id = len(execution.history) + 1
        if event_id >= HISTORY_EVENTS and event_type not in CLOSE_STATUSES:
            self.append(
                execution,
                "WorkflowExecutionTerminated",
                cause="EVENT_LIMIT_EXCEEDED",
                childPolicy=execution.settings["childPolicy"],
            )
            return 0
        event = self.event(event_id, event_type, attributes)
        self.record("event", execution.run_id, event)
        if event_type in CLOSE_STATUSES:
            self.consequences.append(("closed", execution, event))
        return event_id

    def event(self, event_id: int, event_type: str, attributes: Attributes) -> dict[str, Any]:
        """Return an event of this instant."""
        given = {name: value for name, value in attributes.items() if value is not None}
        return {
            "eventId": event_id,
            "eventTimestamp": self.now,
            "eventType": event_type,
            attributes_member(event_type): given,
        }

    def trigger(self, execution: Execution, event_type: str, **attributes: Any) -> int:
        """Append an event that a decider must see, and a decision task unless one is queued."""
        event_id = self.append(execution, event_type, **attributes)
        self.schedule_decision_task(execution)
        return event_id

    def schedule_decision_task(self, execution: Execution) -> None:
        """Append a decision task, at once even while another one is started."""
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
        """Take a token from a bucket; with the limits off there always is one."""
        if self.state.limits == "off" or rate is None:
            return True
        return self.state.throttle.take(key, rate, self.now)

    def outcome(self, response: dict[str, Any] | None) -> StepResult:
        """Return what happened; the lists that became ready are handed over."""
        task_lists = self.state.task_lists
        wakes, task_lists.ready = task_lists.ready, set()
        return StepResult(response, self.records, wakes, self.waits_on, self.lambdas)
