"""The invariants of a history: rules that every history written by the service obeys.

`check` returns the violations, `open_counts` the number of open entities. Both take a complete
history as wire events, from AWS or elsewhere. They share no code with the fold, so that each one
verifies the other.

The tables of `life_cycles.py` are the rules. Event types that are in no table are accepted: the
service adds new ones from time to time.

The rules, by the name in a violation:

- `ids`: event ids are 1, 2, 3 ... without a gap.
- `time`: no event is older than the previous one.
- `first`: the history begins with its only WorkflowExecutionStarted.
- `close`: nothing follows the event that closed the execution.
- `reference`: an id refers to an earlier event of the right type; 0 occurs only where it may.
- `entity`: a task, timer, child, signal or cancellation starts once and ends once, in that order;
  its events agree about its name, its start and the kind of its timeout.
- `open-id`: no two open activities, timers, Lambda functions or children have the same id.
- `decision-task`: at most one decision task is scheduled and at most one is started.
- `batch`: the events of a decision directly follow its DecisionTaskCompleted, at the same instant
  (`SAME_INSTANT`).

Source: Developer Guide, "Amazon SWF Workflow History"; API Reference, HistoryEvent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen, mutable

from swf.models.event.base import moment
from swf.models.history.life_cycles import (
    CLAIMS,
    CLOSING,
    ENDS,
    LIFE_CYCLES,
    OPENS,
    REFERENCES,
    STARTED_TIMEOUTS,
    STARTS,
    UNSTARTED_TIMEOUTS,
    ZERO_ALLOWED,
    LifeCycle,
)

# Seconds. Recordings since 2013 show no difference; the sample history in the API Reference, which
# is from early 2012, shows 12 milliseconds.
SAME_INSTANT = 0.1


@frozen
class Violation:
    """A violation of an invariant.

    :param rule: the name of the rule.
    :param events: the ids of the events that violate it.
    """

    rule: str
    events: tuple[int, ...]
    message: str

    def __str__(self) -> str:
        return f"[{self.rule}] {self.message}"


@frozen
class _Event:
    """A wire event, parsed once."""

    id: int
    type: str
    time: float
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"event {self.id} ({self.type})"

    def reference(self, member: str) -> int:
        """Return the event id in a member; 0 when it is absent."""
        return int(self.attributes.get(member) or 0)


@mutable(eq=False)
class _Entity:
    """The events so far of one task, timer, child, signal or cancellation."""

    cycle: LifeCycle
    opened: _Event
    started: _Event | None = None
    ended: _Event | None = None

    @property
    def id(self) -> str | None:
        return self.opened.attributes.get(self.cycle.id) if self.cycle.id else None

    def __str__(self) -> str:
        name = f" {self.id!r}" if self.id else ""
        return f"the {self.cycle.kind}{name} of event {self.opened.id}"


def check(history: Any) -> list[Violation]:
    """Return every violation of an invariant; an empty list means that the history is sound.

    :param history: the events, oldest first: wire dictionaries (times as numbers, ISO 8601 text or
        datetimes), objects with a wire dictionary in `.raw`, or the response of
        GetWorkflowExecutionHistory. The beginning must not be missing; the end may be.
    """
    return _audit(history).violations


def open_counts(history: Any) -> dict[str, int]:
    """Return the number of open entities, by the names of DescribeWorkflowExecution.openCounts.

    The close of an execution resets nothing: entities that were open then stay in the counts.

    :param history: as for `check`.
    """
    still_open = _audit(history).open
    counts = {cycle.count: len(still_open[cycle.kind]) for cycle in LIFE_CYCLES if cycle.count}
    return {"openDecisionTasks": int(bool(still_open["decision task"])), **counts}


def _audit(history: Any) -> _Audit:
    audit = _Audit()
    for event in _events(history):
        audit.read(event)
    return audit


def _events(history: Any) -> Iterator[_Event]:
    events: Iterable[Any] = history["events"] if isinstance(history, Mapping) else history
    for event in events:
        raw = getattr(event, "raw", event)
        event_type = raw["eventType"]
        member = f"{event_type[0].lower()}{event_type[1:]}EventAttributes"
        time = _epoch_seconds(raw["eventTimestamp"])
        yield _Event(raw["eventId"], event_type, time, raw.get(member) or {})


def _epoch_seconds(time: float | str | datetime) -> float:
    return float(time) if isinstance(time, (int, float)) else moment(time).timestamp()


class _Audit:
    """One pass over a history: check each event against the rules, then record it."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.events: dict[int, _Event] = {}
        self.entities: dict[int, _Entity] = {}
        self.open: dict[str, dict[int, _Entity]] = {cycle.kind: {} for cycle in LIFE_CYCLES}
        self.claims: dict[tuple[str, str], _Entity] = {}
        self.cancel_requests: dict[str, int] = {}
        self.last: _Event | None = None
        self.closed: _Event | None = None
        self.batch: _Event | None = None

    def read(self, event: _Event) -> None:
        self.check_sequence(event)
        self.check_references(event)
        self.check_batch(event)
        self.check_entity(event)
        self.check_decision_tasks(event)
        self.record(event)

    def report(self, rule: str, event: _Event, message: str, *others: _Event) -> None:
        events = (*(other.id for other in others), event.id)
        self.violations.append(Violation(rule, events, f"{event}: {message}"))

    def check_sequence(self, event: _Event) -> None:
        expected = self.last.id + 1 if self.last else 1
        if event.id != expected:
            self.report("ids", event, f"the id should be {expected}")
        if self.last and event.time < self.last.time:
            self.report("time", event, f"older than {self.last}", self.last)
        if (event.type == "WorkflowExecutionStarted") != (self.last is None):
            self.report("first", event, "a history begins with its only WorkflowExecutionStarted")
        if self.closed:
            self.report("close", event, f"follows {self.closed}", self.closed)

    def check_references(self, event: _Event) -> None:
        for member, target in REFERENCES.get(event.type, {}).items():
            number = event.reference(member)
            if number == 0 and (event.type, member) in ZERO_ALLOWED:
                continue
            other = self.events.get(number)
            if other is None:
                self.report("reference", event, f"{member} {number} is no earlier event")
            elif other.type != target:
                message = f"{member} refers to {other}, not a {target}"
                self.report("reference", event, message, other)

    def check_batch(self, event: _Event) -> None:
        """Check that the event of a decision belongs to the batch of its DecisionTaskCompleted.

        A failure after an Initiated event happens later, outside the batch.
        """
        number = event.reference("decisionTaskCompletedEventId")
        is_later_failure = event.type in ENDS and event.reference("initiatedEventId")
        if number not in self.events or is_later_failure:
            return
        if self.batch is None or self.batch.id != number:
            self.report("batch", event, f"is outside the batch of event {number}")
        elif abs(event.time - self.batch.time) > SAME_INSTANT:
            self.report("batch", event, f"not at the instant of {self.batch}", self.batch)

    def check_entity(self, event: _Event) -> None:
        if event.type in STARTS:
            self.start(event, STARTS[event.type])
        elif event.type in ENDS:
            self.end(event, ENDS[event.type])
        elif event.type in OPENS:
            self.begin(event, OPENS[event.type])
        elif event.type == "ActivityTaskCancelRequested":
            self.request_cancel(event)
        if event.type in CLAIMS:
            self.claim(event, CLAIMS[event.type])

    def find_entity(self, event: _Event, cycle: LifeCycle) -> _Entity | None:
        entity = self.entities.get(event.reference(cycle.link(event.type)))
        return entity if entity and entity.cycle is cycle else None

    def begin(self, event: _Event, cycle: LifeCycle) -> None:
        entity = _Entity(cycle, event)
        self.entities[event.id] = self.open[cycle.kind][event.id] = entity

    def start(self, event: _Event, cycle: LifeCycle) -> None:
        entity = self.find_entity(event, cycle)
        if entity is None:
            return  # reported as a reference
        before = entity.ended or entity.started
        if before:
            self.report("entity", event, f"{entity} already had {before}", before)
            return
        entity.started = event

    def end(self, event: _Event, cycle: LifeCycle) -> None:
        entity = self.find_entity(event, cycle)
        if entity is None:
            return  # reported as a reference, or a child that never began
        if entity.ended:
            self.report("entity", event, f"{entity} already had {entity.ended}", entity.ended)
            return
        self.check_start(event, entity)
        self.check_names(event, entity)
        entity.ended = event
        del self.open[cycle.kind][entity.opened.id]

    def check_start(self, event: _Event, entity: _Entity) -> None:
        started = entity.started.id if entity.started else 0
        timeout = event.attributes.get("timeoutType")
        reference = event.reference("startedEventId")
        if entity.cycle.starts in REFERENCES[event.type].values() and reference != started:
            message = f"{entity} was started by event {started}, not {reference}"
            self.report("entity", event, message)
        elif started and timeout in UNSTARTED_TIMEOUTS:
            self.report("entity", event, f"{timeout} of {entity}, which had been started")
        elif not started and timeout in STARTED_TIMEOUTS:
            self.report("entity", event, f"{timeout} of {entity}, which had not been started")

    def check_names(self, event: _Event, entity: _Entity) -> None:
        if entity.cycle.kind == "timer" and event.attributes.get("timerId") != entity.id:
            self.report("entity", event, f"names another timer than {entity}", entity.opened)
        if event.type == "ActivityTaskCanceled":
            latest = self.cancel_requests.get(str(entity.id), 0)
            if event.reference("latestCancelRequestedEventId") != latest:
                message = f"the latest cancel request of {entity} is event {latest}"
                self.report("entity", event, message)

    def request_cancel(self, event: _Event) -> None:
        activity_id = str(event.attributes.get("activityId"))
        entity = self.claims.get(("activity task", activity_id))
        if entity is None or entity.ended:
            self.report("entity", event, f"no activity task {activity_id!r} is open")
        self.cancel_requests[activity_id] = event.id

    def claim(self, event: _Event, cycle: LifeCycle) -> None:
        entity = self.entities.get(event.id) or self.find_entity(event, cycle)
        if entity is None or entity.id is None:
            return
        holder = self.claims.get((cycle.kind, entity.id))
        if holder and holder is not entity and not holder.ended:
            self.report("open-id", event, f"its id is that of {holder}, still open", holder.opened)
        self.claims[cycle.kind, entity.id] = entity
        if cycle.kind == "activity task":
            self.cancel_requests.pop(entity.id, None)

    def check_decision_tasks(self, event: _Event) -> None:
        if event.type not in ("DecisionTaskScheduled", "DecisionTaskStarted"):
            return
        scheduled = event.type == "DecisionTaskScheduled"
        for entity in self.open["decision task"].values():
            other = entity.started or entity.opened
            if other is not event and scheduled == (entity.started is None):
                self.report("decision-task", event, f"{other} is still open", other)

    def record(self, event: _Event) -> None:
        self.events[event.id] = event
        self.last = event
        if event.type in CLOSING:
            self.closed = self.closed or event
        if event.type == "DecisionTaskCompleted":
            self.batch = event
