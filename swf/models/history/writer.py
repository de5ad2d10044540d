"""Writes events as the service would: ids, links, times, and decision tasks where they belong.

`builder.py` stands on it and has a method for each event. Here are the three ways in which an event
comes about: the service or a worker makes it happen (`happen`), a decision makes it (`decide`), or
a decision closes the execution (`close`). The fold checks each event; one that cannot be raises
and is not written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from swf import payload
from swf.exceptions import HistoryError, InvalidKeywordArgumentError
from swf.models.event.base import Event, attribute_name, moment
from swf.models.event.table import EVENT_TYPES, REFUSALS
from swf.models.history.base import History
from swf.models.history.fold import Index, Life, Wire

if TYPE_CHECKING:
    from typing_extensions import Self

FIRST_MOMENT = 1577836800.0  # 2020-01-01T00:00:00Z
PAYLOADS = ("input", "result", "details", "control")

# What makes the service schedule a decision task. Source: Developer Guide, "Decision tasks".
TRIGGERS: frozenset[str] = REFUSALS | {
    "WorkflowExecutionStarted",
    "WorkflowExecutionSignaled",
    "WorkflowExecutionCancelRequested",
    "DecisionTaskTimedOut",
    "ActivityTaskCompleted",
    "ActivityTaskFailed",
    "ActivityTaskTimedOut",
    "ActivityTaskCanceled",
    "TimerFired",
    "ChildWorkflowExecutionStarted",
    "ChildWorkflowExecutionCompleted",
    "ChildWorkflowExecutionFailed",
    "ChildWorkflowExecutionTimedOut",
    "ChildWorkflowExecutionCanceled",
    "ChildWorkflowExecutionTerminated",
    "ExternalWorkflowExecutionSignaled",
    "ExternalWorkflowExecutionCancelRequested",
    "LambdaFunctionCompleted",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "StartLambdaFunctionFailed",
}


class HistoryWriter(History):
    """A history that events can be written to; each step takes a second.

    Methods change the history and return it, so that they can be chained.
    """

    __slots__ = ("_batch", "_now")

    def __init__(
        self, events: Iterable[Event | Wire] | None = None, raw: Iterable[Wire] | None = None
    ) -> None:
        super().__init__(events, raw)
        self._batch = 0  # the DecisionTaskCompleted whose decisions are being written
        self._now = FIRST_MOMENT
        if self._raw:
            self._now = moment(self._raw[-1]["eventTimestamp"]).timestamp()

    def later(self, seconds: float) -> Self:
        """Let time pass before the next event."""
        self._now += seconds
        self._batch = 0
        return self

    def happen(self, name: str, **attributes: Any) -> Self:
        """Write an event that the service or a worker causes, a second after the last one."""
        self._batch = 0
        self._now += 1.0 if self._raw else 0.0
        self._write(name, attributes)
        if name in TRIGGERS:
            self._schedule_decision_task()
        return self

    def decide(self, name: str, **attributes: Any) -> Self:
        """Write an event that a decision causes, in the batch of the decision task at hand.

        The decision task that waits is started and completed first, if it is not yet.

        :raises HistoryError: no decision task waits: nothing has happened that would cause one.
        """
        batch = self._open_batch()
        self._add_to_batch(name, {**attributes, "decision_task_completed_event_id": batch})
        return self

    def close(self, name: str, **attributes: Any) -> Self:
        """Write the event with which a decision closes the execution.

        :raises HistoryError: a further decision task is queued, so that the service would refuse.
        """
        self._open_batch()
        queued = self._decision_task(started=False)
        if queued and queued.id != self.last.id:  # the last event: caused by this very batch
            raise HistoryError(
                f"a decision task is queued, so the service refuses {name}: write the refusal"
            )
        return self.decide(name, **attributes)

    def decision_task_started(self, identity: str | None = "decider") -> Self:
        """Start the decision task that waits."""
        task = self._decision_task(started=False)
        if task is None:
            raise HistoryError("no decision task waits: nothing has happened since the last one")
        if self._decision_task(started=True):
            raise HistoryError("a decision task is started; complete it or let it time out")
        return self.happen("DecisionTaskStarted", scheduled_event_id=task.id, identity=identity)

    def decision_task_completed(
        self,
        execution_context: str | None = None,
        task_list: str | None = None,
        task_list_schedule_to_start_timeout: int | None = None,
    ) -> Self:
        """Complete the started decision task; decisions written next belong to it."""
        self.happen(
            "DecisionTaskCompleted",
            **self._ending_decision_task(),
            execution_context=execution_context,
            task_list=task_list,
            task_list_schedule_to_start_timeout=task_list_schedule_to_start_timeout,
        )
        self._batch = len(self)
        return self

    def decision_task_timed_out(self, timeout_type: str = "START_TO_CLOSE") -> Self:
        """Let the decision task time out; the service schedules the next one."""
        ending = self._ending_decision_task(started=timeout_type == "START_TO_CLOSE")
        return self.happen("DecisionTaskTimedOut", **ending, timeout_type=timeout_type)

    def _open_batch(self) -> int:
        if not self._batch:
            if not self._decision_task(started=True):
                self.decision_task_started()
            self.decision_task_completed()
        return self._batch

    def _decision_task(self, started: bool) -> Life | None:
        for life in self._state().decision_tasks.open.values():
            if bool(life.started) is started:
                return life
        return None

    def _ending_decision_task(self, started: bool = True) -> dict[str, Any]:
        life = self._decision_task(started)
        if life is None:
            raise HistoryError(f"no decision task is {'started' if started else 'scheduled'}")
        return ending(life)

    def _schedule_decision_task(self) -> None:
        if self._decision_task(started=False) or self.finished:
            return
        begun = self.execution
        self._write(
            "DecisionTaskScheduled",
            {
                "task_list": begun.task_list or "deciders",
                "start_to_close_timeout": begun.decision_tasks_timeout or "NONE",
                "schedule_to_start_timeout": "NONE",
            },
        )

    def _add_to_batch(self, name: str, attributes: dict[str, Any]) -> None:
        trailing = self._pop_trailing_decision_task()
        self._write(name, attributes)
        if trailing or name in TRIGGERS:
            self._schedule_decision_task()

    def _pop_trailing_decision_task(self) -> bool:
        """Take back the decision task that a refused decision of this batch has caused.

        The service schedules it behind the whole batch, and another decision is about to be added.
        """
        if self._raw[-1]["eventType"] != "DecisionTaskScheduled":
            return False
        self._take(self._raw[:-1])
        return True

    def open_life(self, index: Index, entity_id: str | int) -> Life:
        """Return the open life of this id.

        :raises HistoryError: there is none.
        """
        life = index.open.get(entity_id)
        if life is None:
            listed = ", ".join(map(repr, index.open)) or "none"
            raise HistoryError(f"{entity_id!r} is not open; open are: {listed}")
        return life

    def _write(self, name: str, attributes: dict[str, Any]) -> None:
        state = self._state()
        if state.closed is not None:
            raise HistoryError(f"{name} cannot follow {state.closed['eventType']}: all is over")
        kind = EVENT_TYPES[name]
        known = len(state.problems)
        self._raw.append(
            {
                "eventId": len(self._raw) + 1,
                "eventTimestamp": round(self._now, 3),
                "eventType": name,
                kind.key: wire_attributes(name, attributes),
            }
        )
        problems = self._state().problems
        if len(problems) > known:
            self._raw.pop()
            self._folded -= 1
            raise problems.pop()[1]


def wire_attributes(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes as they go over the wire; those that are None are left out.

    :param attributes: by their names in snake case.
    :raises InvalidKeywordArgumentError: the event type has no such attribute.
    """
    known = {attribute_name(wire): wire for wire in EVENT_TYPES[name].attributes}
    for attribute, value in attributes.items():
        if attribute not in known:
            raise InvalidKeywordArgumentError.unknown(attribute, value, known)
    return {
        known[attribute]: _wire_value(known[attribute], value)
        for attribute, value in attributes.items()
        if value is not None
    }


def ending(life: Life, link: str = "scheduled_event_id") -> dict[str, Any]:
    """Return the references of an event that ends `life`: its beginning and its start, or 0."""
    started = life.started["eventId"] if life.started else 0
    opened = life.opened["eventId"] if life.opened else 0
    return {link: opened, "started_event_id": started}


def _wire_value(wire: str, value: Any) -> Any:
    if wire in PAYLOADS:
        return payload.encode(value, wire)
    if wire == "taskList" and isinstance(value, str):
        return {"name": value}
    if wire.endswith(("Timeout", "Priority")):
        return str(value)
    return value
