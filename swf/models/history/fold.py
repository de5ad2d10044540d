"""The fold: what has become of everything that a history tells of, one event at a time.

`HANDLERS` maps each event type to the small function that takes it in; the four kinds of step that
an entity's life is made of (`begin`, `start`, `end`, `refuse`) are written once and named in the
tables below. Which state may follow which is the table in `swf.models.event.states`.

A deciding process folds thousands of events in front of every decision, so a step costs well under
a microsecond: a `Life` is a private record that only points at the wire's dictionaries, and
`entities.py` makes frozen values of it when somebody looks.

An event that cannot be (it refers to nothing, or follows what it cannot follow) changes nothing; it
is noted in `problems`, since a decider must be able to read whatever it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from swf.exceptions import HistoryError, InconsistentStateError, TransitionError
from swf.models.event.states import TRANSITIONS
from swf.models.event.table import CLOSE_EVENTS, EVENT_TYPES, REFUSALS, attributes_key

Wire = Mapping[str, Any]


class Life:
    """One attempt: its id, its state, the events that told of it, and the attempt before it."""

    __slots__ = ("cancels", "closed", "earlier", "id", "opened", "started", "state")

    def __init__(
        self,
        entity_id: str | int,
        state: str,
        opened: Wire | None,
        closed: Wire | None,
        earlier: Life | None,
    ) -> None:
        self.id = entity_id
        self.state = state
        self.opened = opened
        self.started: Wire | None = None
        self.closed = closed
        self.cancels: tuple[Wire, ...] = ()
        self.earlier = earlier

    @property
    def last(self) -> Wire:
        """The latest event of this life."""
        told = (self.opened, self.started, *self.cancels, self.closed)
        return max((event for event in told if event), key=lambda event: int(event["eventId"]))


class Index:
    """The lives of one kind of entity: the latest by id, all by the event that began them, and
    the open ones.
    """

    __slots__ = ("by_event", "by_id", "open")

    def __init__(self) -> None:
        self.by_id: dict[str | int, Life] = {}
        self.by_event: dict[int, Life] = {}
        self.open: dict[str | int, Life] = {}

    def attempts(self, entity_id: str | int) -> list[Life]:
        """Return every life of an id, in order; KeyError if there is none."""
        found = []
        life: Life | None = self.by_id[entity_id]
        while life is not None:
            found.append(life)
            life = life.earlier
        return found[::-1]


class Fold:
    """The state that the events so far have made."""

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
    )

    def __init__(self) -> None:
        self.activities = Index()
        self.timers = Index()
        self.children = Index()
        self.lambdas = Index()
        self.external_signals = Index()
        self.external_cancels = Index()
        self.decision_tasks = Index()
        self.signals: list[Wire] = []
        self.markers: list[Wire] = []
        self.refusals: list[Wire] = []
        self.cancel_requests: list[Wire] = []
        self.started: Wire | None = None
        self.closed: Wire | None = None
        self.context: str | None = None
        self.problems: list[tuple[int, HistoryError]] = []

    def feed(self, events: Iterable[Wire]) -> None:
        """Take in events, in order; a type without a handler changes nothing."""
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

    def inconsistent(self, event: Wire, what: str) -> None:
        """Note that `event` refers to what is not there."""
        error = InconsistentStateError(f"{named(event)} {what}")
        self.problems.append((event["eventId"], error))

    def illegal(self, event: Wire, life: Life) -> None:
        """Note that `event` cannot follow the last event of `life`."""
        error = TransitionError(f"{named(event)} cannot follow {named(life.last)}")
        self.problems.append((event["eventId"], error))


Handler = Callable[[Fold, Wire], None]


def named(event: Wire) -> str:
    """Return an event as error messages name it: `TimerFired (event 7)`."""
    return f"{event['eventType']} (event {event['eventId']})"


def begin(name: str, index_name: str, id_attribute: str | None) -> Handler:
    """Return the handler of an event that begins a life.

    :param id_attribute: what the entity is known by; None: the id of this event.
    """
    kind = EVENT_TYPES[name]
    key, state = kind.key, kind.state

    def begins(fold: Fold, event: Wire) -> None:
        index: Index = getattr(fold, index_name)
        event_id = event["eventId"]
        entity_id = event[key][id_attribute] if id_attribute else event_id
        if entity_id in index.open:
            fold.illegal(event, index.open[entity_id])
            return
        life = Life(entity_id, state, event, None, index.by_id.get(entity_id))
        index.by_id[entity_id] = index.by_event[event_id] = index.open[entity_id] = life

    return begins


def start(name: str, index_name: str) -> Handler:
    """Return the handler of an event that tells that a worker, decider or child has started."""
    kind = EVENT_TYPES[name]
    key, state, link, follows = kind.key, kind.state, kind.link, TRANSITIONS[kind.entity]

    def starts(fold: Fold, event: Wire) -> None:
        life = getattr(fold, index_name).by_event.get(event[key][link])
        if life is None:
            fold.inconsistent(event, f"refers to event {event[key][link]}, which began none")
        elif life.closed or life.started or state not in follows[life.state]:
            fold.illegal(event, life)
        else:
            life.state = state
            life.started = event

    return starts


def end(name: str, index_name: str) -> Handler:
    """Return the handler of an event that ends a life."""
    kind = EVENT_TYPES[name]
    key, state, link, follows = kind.key, kind.state, kind.link, TRANSITIONS[kind.entity]

    def ends(fold: Fold, event: Wire) -> None:
        index: Index = getattr(fold, index_name)
        life = index.by_event.get(event[key].get(link))
        if life is None:
            fold.inconsistent(event, f"refers to event {event[key].get(link)}, which began none")
        elif life.closed or state not in follows[life.state]:
            fold.illegal(event, life)
        else:
            life.state = state
            life.closed = event
            del index.open[life.id]

    return ends


def refuse(name: str, index_name: str, id_attribute: str | None) -> Handler:
    """Return the handler of a decision that was refused, or of a beginning that failed later."""
    kind = EVENT_TYPES[name]
    key, state, link = kind.key, kind.state, kind.link
    ends = end(name, index_name)

    def refuses(fold: Fold, event: Wire) -> None:
        attributes = event[key]
        fold.refusals.append(event)
        if link == "initiatedEventId" and attributes.get(link):
            ends(fold, event)
            return
        entity_id = attributes[id_attribute] if id_attribute else event["eventId"]
        by_id = getattr(fold, index_name).by_id
        by_id[entity_id] = Life(entity_id, state, None, event, by_id.get(entity_id))

    return refuses


def complete_decision_task(fold: Fold, event: Wire) -> None:
    """Take in DecisionTaskCompleted, and the execution context that it may carry."""
    _end_decision_task(fold, event)
    context = event["decisionTaskCompletedEventAttributes"].get("executionContext")
    if context is not None:
        fold.context = context


def request_activity_cancel(fold: Fold, event: Wire) -> None:
    """Take in ActivityTaskCancelRequested: it names the open activity by its id."""
    activity_id = event["activityTaskCancelRequestedEventAttributes"]["activityId"]
    life = fold.activities.open.get(activity_id)
    if life is None:
        fold.inconsistent(event, f"names activity {activity_id!r}, which is not open")
    else:
        life.state = "cancel_requested"
        life.cancels += (event,)


def start_execution(fold: Fold, event: Wire) -> None:
    """Take in WorkflowExecutionStarted; there is one."""
    if fold.started is None:
        fold.started = event
    else:
        error = TransitionError(f"{named(event)} cannot follow {named(fold.started)}")
        fold.problems.append((event["eventId"], error))


def close_execution(fold: Fold, event: Wire) -> None:
    """Take in one of the six events that close an execution."""
    if fold.closed is None:
        fold.closed = event
    else:
        error = TransitionError(f"{named(event)} cannot follow {named(fold.closed)}")
        fold.problems.append((event["eventId"], error))


def signal(fold: Fold, event: Wire) -> None:
    """Take in WorkflowExecutionSignaled."""
    fold.signals.append(event)


def record_marker(fold: Fold, event: Wire) -> None:
    """Take in MarkerRecorded."""
    fold.markers.append(event)


def request_cancel(fold: Fold, event: Wire) -> None:
    """Take in WorkflowExecutionCancelRequested."""
    fold.cancel_requests.append(event)


def note_refusal(fold: Fold, event: Wire) -> None:
    """Take in a refused decision that leaves every entity as it was."""
    fold.refusals.append(event)


# The event that begins a life: where it is kept, and the attribute that is its id.
_BEGINNINGS: dict[str, tuple[str, str | None]] = {
    "DecisionTaskScheduled": ("decision_tasks", None),
    "ActivityTaskScheduled": ("activities", "activityId"),
    "TimerStarted": ("timers", "timerId"),
    "StartChildWorkflowExecutionInitiated": ("children", "workflowId"),
    "SignalExternalWorkflowExecutionInitiated": ("external_signals", None),
    "RequestCancelExternalWorkflowExecutionInitiated": ("external_cancels", None),
    "LambdaFunctionScheduled": ("lambdas", "id"),
}

# A beginning that was refused: a life that was over before it began.
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
    **dict.fromkeys(REFUSALS, note_refusal),
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
