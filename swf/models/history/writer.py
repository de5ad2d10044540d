"""Writes events as the service does: with ids, links, times and decision tasks.

`builder.py` adds a method for each event type. An event has one of three origins: the service or a
worker (`happen`), a decision (`decide`), or a decision that closes the execution (`close`). The
fold checks each event; an impossible one raises and is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from swf import payload
from swf.exceptions import HistoryError, InvalidKeywordArgumentError
from swf.models.event.base import Event, attribute_name, moment
from swf.models.event.factory import EventFactory
from swf.models.event.table import EVENT_TYPES, REFUSALS
from swf.models.history.base import History
from swf.models.history.entity_record import EntityIndex, EntityRecord, Wire

if TYPE_CHECKING:
    from typing_extensions import Self

FIRST_MOMENT = 1577836800.0  # 2020-01-01T00:00:00Z
PAYLOADS = ("input", "result", "details", "control")

# Events after which the service schedules a decision task. Source: Developer Guide, "Decision
# tasks".
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
    """A history with methods that add events, a second apart.

    Methods change the history and return it, so that calls can be chained.
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
        """Add time before the next event.

        :param seconds: the time, in addition to the second between two events.
        """
        self._now += seconds
        self._batch = 0
        return self

    def happen(self, name: str, **attributes: Any) -> Self:
        """Add an event that the service or a worker causes, a second after the last one.

        :param name: the event type.
        :param attributes: the attributes of the event, by their names in snake case.
        """
        self._batch = 0
        self._now += 1.0 if self._raw else 0.0
        self._write(name, attributes)
        if name in TRIGGERS:
            self._schedule_decision_task()
        return self

    def decide(self, name: str, **attributes: Any) -> Self:
        """Add an event that a decision causes, in the batch of the open decision task.

        An open decision task is started and completed first.

        :param name: the event type.
        :param attributes: the attributes of the event, by their names in snake case.
        :raises HistoryError: no decision task is open, because no event has caused one.
        """
        batch = self._open_batch()
        self._add_to_batch(name, {**attributes, "decision_task_completed_event_id": batch})
        return self

    def close(self, name: str, **attributes: Any) -> Self:
        """Add the event by which a decision closes the execution.

        :param name: the event type.
        :param attributes: the attributes of the event, by their names in snake case.
        :raises HistoryError: another decision task is queued, so that the service would refuse.
        """
        self._open_batch()
        queued = self._decision_task(started=False)
        if queued and queued.id != self.last.id:  # the last event is of this batch
            raise HistoryError(
                f"a decision task is queued, so the service refuses {name}: add the refusal instead"
            )
        return self.decide(name, **attributes)

    def decision_task_started(self, identity: str | None = "decider") -> Self:
        """Start the scheduled decision task."""
        task = self._decision_task(started=False)
        if task is None:
            raise HistoryError(
                "no decision task is scheduled: no event since the last one causes one"
            )
        if self._decision_task(started=True):
            raise HistoryError("a decision task is started already; complete it or let it time out")
        return self.happen("DecisionTaskStarted", scheduled_event_id=task.id, identity=identity)

    def decision_task_completed(
        self,
        execution_context: str | None = None,
        task_list: str | None = None,
        task_list_schedule_to_start_timeout: int | None = None,
    ) -> Self:
        """Complete the started decision task; the decisions that follow belong to it."""
        self.happen(
            "DecisionTaskCompleted",
            **self._decision_task_references(),
            execution_context=execution_context,
            task_list=task_list,
            task_list_schedule_to_start_timeout=task_list_schedule_to_start_timeout,
        )
        self._batch = len(self)
        return self

    def decision_task_timed_out(self, timeout_type: str = "START_TO_CLOSE") -> Self:
        """Let the decision task time out; the service schedules the next one.

        :param timeout_type: `START_TO_CLOSE` of a started task, or `SCHEDULE_TO_START`.
        """
        references = self._decision_task_references(started=timeout_type == "START_TO_CLOSE")
        return self.happen("DecisionTaskTimedOut", **references, timeout_type=timeout_type)

    def _open_batch(self) -> int:
        if not self._batch:
            if not self._decision_task(started=True):
                self.decision_task_started()
            self.decision_task_completed()
        return self._batch

    def _decision_task(self, started: bool) -> EntityRecord | None:
        for record in self._state().decision_tasks.open.values():
            if bool(record.started) is started:
                return record
        return None

    def _decision_task_references(self, started: bool = True) -> dict[str, Any]:
        record = self._decision_task(started)
        if record is None:
            raise HistoryError(f"no decision task is {'started' if started else 'scheduled'}")
        return end_references(record)

    def _schedule_decision_task(self) -> None:
        if self._decision_task(started=False) or self.finished:
            return
        execution = self.execution
        self._write(
            "DecisionTaskScheduled",
            {
                "task_list": execution.task_list or "deciders",
                "start_to_close_timeout": execution.decision_tasks_timeout or "NONE",
                "schedule_to_start_timeout": "NONE",
            },
        )

    def _add_to_batch(self, name: str, attributes: dict[str, Any]) -> None:
        trailing = self._pop_trailing_decision_task()
        self._write(name, attributes)
        if trailing or name in TRIGGERS:
            self._schedule_decision_task()

    def _pop_trailing_decision_task(self) -> bool:
        """Remove the decision task that a refused decision of this batch has caused.

        The service schedules it after the whole batch, and the batch is about to grow.
        """
        if self._raw[-1]["eventType"] != "DecisionTaskScheduled":
            return False
        self._replace(self._raw[:-1])
        return True

    def open_record(self, index: EntityIndex, entity_id: str | int) -> EntityRecord:
        """Return the record of an open entity.

        :raises HistoryError: no entity with this id is open.
        """
        record = index.open.get(entity_id)
        if record is None:
            ids = ", ".join(map(repr, index.open)) or "none"
            raise HistoryError(f"not open: {entity_id!r}; open entities: {ids}")
        return record

    def running_record(
        self, index: EntityIndex, entity_id: str, start: Callable[[str], Any]
    ) -> EntityRecord:
        """Return the open record of an entity, which is started first if it is not started.

        :param start: adds the event that starts the entity.
        """
        if self.open_record(index, entity_id).started is None:
            start(entity_id)
        return self.open_record(index, entity_id)

    def _write(self, name: str, attributes: dict[str, Any]) -> None:
        state = self._state()
        if state.closed is not None:
            raise HistoryError(
                f"{name} cannot follow {state.closed['eventType']}: the execution is closed"
            )
        kind = EVENT_TYPES[name]
        problem_count = len(state.problems)
        self._raw.append(
            {
                "eventId": len(self._raw) + 1,
                "eventTimestamp": round(self._now, 3),
                "eventType": name,
                kind.key: wire_attributes(name, attributes),
            }
        )
        problems = self._state().problems
        if len(problems) > problem_count:
            self._raw.pop()
            self._folded -= 1
            raise problems.pop()[1]


def wire_attributes(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes in the form of the wire, without those that are None.

    :param name: the event type.
    :param attributes: the values by their names in snake case.
    :raises InvalidKeywordArgumentError: the event type has no such attribute.
    """
    wire_names = {attribute_name(wire): wire for wire in EVENT_TYPES[name].attributes}
    for attribute, value in attributes.items():
        if attribute not in wire_names:
            raise InvalidKeywordArgumentError.unknown(attribute, value, wire_names)
    return {
        wire_names[attribute]: _wire_value(wire_names[attribute], value)
        for attribute, value in attributes.items()
        if value is not None
    }


def end_references(record: EntityRecord) -> dict[str, Any]:
    """Return the references of an event that ends a task: its scheduling and its start, or 0."""
    scheduled = record.opened["eventId"] if record.opened else 0
    started = record.started["eventId"] if record.started else 0
    return {"scheduled_event_id": scheduled, "started_event_id": started}


def opened_attribute(record: EntityRecord, wire: str) -> Any:
    """Return an attribute of the event that began an attempt, as on the wire."""
    return EventFactory(record.opened).attributes.get(wire) if record.opened else None


def opened_event_id(record: EntityRecord) -> int:
    """Return the id of the event that began an attempt; 0 if there is none."""
    event_id: int = record.opened["eventId"] if record.opened else 0
    return event_id


def initiated_attributes(record: EntityRecord) -> dict[str, Any]:
    """Return the attributes that each event repeats from the initiating one."""
    return {
        "initiated_event_id": opened_event_id(record),
        "decision_task_completed_event_id": opened_attribute(
            record, "decisionTaskCompletedEventId"
        ),
        "control": opened_attribute(record, "control"),
    }


def _wire_value(wire: str, value: Any) -> Any:
    if wire in PAYLOADS:
        return payload.encode(value, wire)
    if wire == "taskList" and isinstance(value, str):
        return {"name": value}
    if wire.endswith(("Timeout", "Priority")):
        return str(value)
    return value
