"""The fold: the state of every entity of a history, computed one event at a time.

`HANDLERS` maps each event type to the function that applies it to a `HistoryState`. The four steps
of an entity (`begin`, `start`, `end`, `refuse`) are written once; the tables below list the events
that take them. `swf.models.event.states` defines which state may follow which.

A decider folds thousands of events before every decision, so a step takes well under a microsecond:
records only point at the wire's dictionaries (`entity_record.py`), and `history_entities.py` makes
frozen values of them on access.

An impossible event (it refers to nothing, or follows a state that does not allow it) changes
nothing. It is added to `problems`, because deciders must be able to read any history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from swf.constants import LIBRARY_TIMER_IDS
from swf.exceptions import HistoryError, InconsistentStateError, TransitionError
from swf.models.event.states import TRANSITIONS
from swf.models.event.table import CLOSE_EVENTS, EVENT_TYPES, REFUSALS, attributes_key
from swf.models.history.entity_record import (
    EntityIndex,
    EntityRecord,
    NamedEvents,
    Wire,
    event_label,
)


class HistoryState:
    """The state after the events so far: an index for each kind of entity, and plain events."""

    __slots__ = (
        "activities",
        "cancel_requests",
        "children",
        "closed",
        "context",
        "decision_tasks",
        "external_cancels",
        "external_signals",
        "lambdas",
        "markers",
        "problems",
        "refusals",
        "signals",
        "started",
        "timers",
        "wake_ups",
    )

    def __init__(self) -> None:
        self.activities = EntityIndex()
        self.timers = EntityIndex()
        self.wake_ups = EntityIndex()  # the library's own timers, which no view shows
        self.children = EntityIndex()
        self.lambdas = EntityIndex()
        self.external_signals = EntityIndex()
        self.external_cancels = EntityIndex()
        self.decision_tasks = EntityIndex()
        self.signals = NamedEvents()
        self.markers = NamedEvents()
        self.refusals: list[Wire] = []
        self.cancel_requests: list[Wire] = []
        self.started: Wire | None = None
        self.closed: Wire | None = None
        self.context: str | None = None
        self.problems: list[tuple[int, HistoryError]] = []

    def feed(self, events: Iterable[Wire]) -> None:
        """Apply events in order; an event type without a handler changes nothing.

        :param events: the events after those that were applied before.
        """
        handlers = HANDLERS
        for event in events:
            handler = handlers.get(event["eventType"])
            if handler is not None:
                try:
                    handler(self, event)
                except KeyError as missing:
                    self.inconsistent(event, f"lacks {missing}")
                except (AttributeError, TypeError):  # null where a structure belongs
                    self.inconsistent(event, f"lacks {attributes_key(event['eventType'])!r}")

    def inconsistent(self, event: Wire, problem: str) -> None:
        """Record that `event` has a missing or wrong reference.

        :param problem: the rest of the message, after the name of the event.
        """
        error = InconsistentStateError(f"{event_label(event)} {problem}")
        self.problems.append((event["eventId"], error))

    def illegal(self, event: Wire, record: EntityRecord) -> None:
        """Record that `event` cannot follow the last event of `record`."""
        error = TransitionError(f"{event_label(event)} cannot follow {event_label(record.last)}")
        self.problems.append((event["eventId"], error))


Handler = Callable[[HistoryState, Wire], None]


def begin(name: str, index_name: str, id_attribute: str | None) -> Handler:
    """Return the handler of an event type that begins an attempt.

    :param name: the event type.
    :param index_name: the attribute of `HistoryState` that holds the entities of this kind.
    :param id_attribute: the wire attribute with the entity's id; None uses the id of the event.
    """
    kind = EVENT_TYPES[name]
    key, state = kind.key, kind.state

    def begins(history: HistoryState, event: Wire) -> None:
        index: EntityIndex = getattr(history, index_name)
        event_id = event["eventId"]
        entity_id = event[key][id_attribute] if id_attribute else event_id
        if entity_id in index.open:
            history.illegal(event, index.open[entity_id])
            return
        record = EntityRecord(entity_id, state, event, None, index.by_id.get(entity_id))
        index.by_id[entity_id] = index.by_event[event_id] = index.open[entity_id] = record

    return begins


def start(name: str, index_name: str) -> Handler:
    """Return the handler of an event type by which a worker, decider or child starts."""
    kind = EVENT_TYPES[name]
    key, state, link, follows = kind.key, kind.state, kind.link, TRANSITIONS[kind.entity]

    def starts(history: HistoryState, event: Wire) -> None:
        record = getattr(history, index_name).by_event.get(event[key][link])
        if record is None:
            history.inconsistent(event, f"refers to event {event[key][link]}, which began none")
        elif record.closed or record.started or state not in follows[record.state]:
            history.illegal(event, record)
        else:
            record.state = state
            record.started = event

    return starts


def end(name: str, index_name: str) -> Handler:
    """Return the handler of an event type that ends an attempt."""
    kind = EVENT_TYPES[name]
    key, state, link, follows = kind.key, kind.state, kind.link, TRANSITIONS[kind.entity]

    def ends(history: HistoryState, event: Wire) -> None:
        index: EntityIndex = getattr(history, index_name)
        record = index.by_event.get(event[key].get(link))
        if record is None:
            history.inconsistent(event, f"refers to event {event[key].get(link)}, which began none")
        elif record.closed or state not in follows[record.state]:
            history.illegal(event, record)
        else:
            record.state = state
            record.closed = event
            del index.open[record.id]

    return ends


def refuse(name: str, index_name: str, id_attribute: str | None) -> Handler:
    """Return the handler of a refused decision, or of an initiated operation that failed later."""
    kind = EVENT_TYPES[name]
    key, state, link = kind.key, kind.state, kind.link
    ends = end(name, index_name)

    def refuses(history: HistoryState, event: Wire) -> None:
        attributes = event[key]
        history.refusals.append(event)
        if link == "initiatedEventId" and attributes.get(link):
            ends(history, event)
            return
        entity_id = attributes[id_attribute] if id_attribute else event["eventId"]
        by_id = getattr(history, index_name).by_id
        by_id[entity_id] = EntityRecord(entity_id, state, None, event, by_id.get(entity_id))

    return refuses


def complete_decision_task(history: HistoryState, event: Wire) -> None:
    """Apply DecisionTaskCompleted and the execution context that it may carry."""
    _end_decision_task(history, event)
    context = event["decisionTaskCompletedEventAttributes"].get("executionContext")
    if context is not None:
        history.context = context


def request_activity_cancel(history: HistoryState, event: Wire) -> None:
    """Apply ActivityTaskCancelRequested, which names the open activity by its id."""
    activity_id = event["activityTaskCancelRequestedEventAttributes"]["activityId"]
    record = history.activities.open.get(activity_id)
    if record is None:
        history.inconsistent(event, f"names activity {activity_id!r}, which is not open")
    else:
        record.state = "cancel_requested"
        record.cancels += (event,)


def start_execution(history: HistoryState, event: Wire) -> None:
    """Apply WorkflowExecutionStarted; a second one is a problem."""
    if history.started is None:
        history.started = event
    else:
        error = TransitionError(
            f"{event_label(event)} cannot follow {event_label(history.started)}"
        )
        history.problems.append((event["eventId"], error))


def close_execution(history: HistoryState, event: Wire) -> None:
    """Apply one of the six events that close an execution."""
    if history.closed is None:
        history.closed = event
    else:
        error = TransitionError(f"{event_label(event)} cannot follow {event_label(history.closed)}")
        history.problems.append((event["eventId"], error))


def signal(history: HistoryState, event: Wire) -> None:
    """Apply WorkflowExecutionSignaled."""
    name = event["workflowExecutionSignaledEventAttributes"]["signalName"]
    history.signals.add(name, event)


def record_marker(history: HistoryState, event: Wire) -> None:
    """Apply MarkerRecorded."""
    history.markers.add(event["markerRecordedEventAttributes"]["markerName"], event)


def request_cancel(history: HistoryState, event: Wire) -> None:
    """Apply WorkflowExecutionCancelRequested."""
    history.cancel_requests.append(event)


def record_refusal(history: HistoryState, event: Wire) -> None:
    """Apply a refused decision that changes no entity."""
    history.refusals.append(event)


def without_wake_ups(name: str, of_timer: Handler, of_library: Handler) -> Handler:
    """Return the handler of an event of a timer, which separates the library's own timers.

    :param name: the event type.
    :param of_timer: the handler for the timers of deciders.
    :param of_library: the handler for the timers `LIBRARY_TIMER_IDS`.
    """
    key = EVENT_TYPES[name].key

    def separate(history: HistoryState, event: Wire) -> None:
        handler = of_library if event[key]["timerId"] in LIBRARY_TIMER_IDS else of_timer
        handler(history, event)

    return separate


def ignore(_history: HistoryState, _event: Wire) -> None:
    """Apply a refusal of the library's own timer, which changes nothing."""


# Event type that begins an attempt -> its index, and the attribute with the id of the entity.
_BEGINNINGS: dict[str, tuple[str, str | None]] = {
    "DecisionTaskScheduled": ("decision_tasks", None),
    "ActivityTaskScheduled": ("activities", "activityId"),
    "TimerStarted": ("timers", "timerId"),
    "StartChildWorkflowExecutionInitiated": ("children", "workflowId"),
    "SignalExternalWorkflowExecutionInitiated": ("external_signals", None),
    "RequestCancelExternalWorkflowExecutionInitiated": ("external_cancels", None),
    "LambdaFunctionScheduled": ("lambdas", "id"),
}

# Event type that refuses an attempt -> its index, and the attribute with the id of the entity.
_REFUSALS: dict[str, tuple[str, str | None]] = {
    "ScheduleActivityTaskFailed": ("activities", "activityId"),
    "StartTimerFailed": ("timers", "timerId"),
    "StartChildWorkflowExecutionFailed": ("children", "workflowId"),
    "SignalExternalWorkflowExecutionFailed": ("external_signals", None),
    "RequestCancelExternalWorkflowExecutionFailed": ("external_cancels", None),
    "ScheduleLambdaFunctionFailed": ("lambdas", "id"),
}

_STARTS: dict[str, str] = {
    "DecisionTaskStarted": "decision_tasks",
    "ActivityTaskStarted": "activities",
    "ChildWorkflowExecutionStarted": "children",
    "LambdaFunctionStarted": "lambdas",
}

_ENDS: dict[str, str] = {
    "DecisionTaskTimedOut": "decision_tasks",
    "ActivityTaskCompleted": "activities",
    "ActivityTaskFailed": "activities",
    "ActivityTaskTimedOut": "activities",
    "ActivityTaskCanceled": "activities",
    "TimerFired": "timers",
    "TimerCanceled": "timers",
    "ChildWorkflowExecutionCompleted": "children",
    "ChildWorkflowExecutionFailed": "children",
    "ChildWorkflowExecutionTimedOut": "children",
    "ChildWorkflowExecutionCanceled": "children",
    "ChildWorkflowExecutionTerminated": "children",
    "ExternalWorkflowExecutionSignaled": "external_signals",
    "ExternalWorkflowExecutionCancelRequested": "external_cancels",
    "LambdaFunctionCompleted": "lambdas",
    "LambdaFunctionFailed": "lambdas",
    "LambdaFunctionTimedOut": "lambdas",
    "StartLambdaFunctionFailed": "lambdas",
}

_end_decision_task = end("DecisionTaskCompleted", "decision_tasks")

HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(REFUSALS, record_refusal),
    **{name: begin(name, *where) for name, where in _BEGINNINGS.items()},
    **{name: start(name, where) for name, where in _STARTS.items()},
    **{name: end(name, where) for name, where in _ENDS.items()},
    **{name: refuse(name, *where) for name, where in _REFUSALS.items()},
    **dict.fromkeys(CLOSE_EVENTS, close_execution),
    "DecisionTaskCompleted": complete_decision_task,
    "ActivityTaskCancelRequested": request_activity_cancel,
    "WorkflowExecutionStarted": start_execution,
    "WorkflowExecutionCancelRequested": request_cancel,
    "WorkflowExecutionSignaled": signal,
    "MarkerRecorded": record_marker,
}
HANDLERS |= {
    name: without_wake_ups(name, HANDLERS[name], of_wake_up)
    for name, of_wake_up in {
        "TimerStarted": begin("TimerStarted", "wake_ups", "timerId"),
        "TimerFired": end("TimerFired", "wake_ups"),
        "TimerCanceled": end("TimerCanceled", "wake_ups"),
        "StartTimerFailed": ignore,
        "CancelTimerFailed": ignore,
    }.items()
}
